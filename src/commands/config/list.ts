import { COMMON_SETTINGS } from '../../config/common-settings.ts';
import { readConfig } from '../../config/file.ts';
import { MEANINGS } from '../../config/meanings.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie config list`: every setting that belongs to no profile, set or not. */
export const run: CommandRun = async ({ options }, context) => {
  const config = readConfig(context.home);
  const settings = COMMON_SETTINGS.map(({ name, field, default: preset }) => ({
    name,
    value: config[field] ?? preset ?? null,
    meaning: MEANINGS[name],
  }));
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, settings }));
  else
    for (const { name, value, meaning } of settings)
      context.terminal.print(`${name.padEnd(10)} ${value ?? '(not set)'}  ${meaning}`);
  return 0;
};
