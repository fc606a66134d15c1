import { COMMON_SETTINGS } from '../../config/common-settings.ts';
import { settingsOf } from '../../config/effective.ts';
import { readConfig } from '../../config/file.ts';
import type { SettingInUse } from '../../config/in-use.ts';
import { MEANINGS } from '../../config/meanings.ts';
import type { SettingsRequest } from '../../config/selection.ts';
import type { Context } from '../../context.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie config list`: global settings; with `--show-sources`, every effective setting. */
export const run: CommandRun = async ({ options }, context) => {
  const isJson = options.on('json');
  if (options.on('show-sources')) {
    const request = { profile: options.text('profile'), trustProject: options.on('trust-project') };
    return listInForce(context, request, isJson);
  }
  const config = readConfig(context.home);
  const settings = COMMON_SETTINGS.map(({ name, field, default: preset }) => ({
    name,
    value: config[field] ?? preset ?? null,
    meaning: MEANINGS[name],
  }));
  if (isJson) context.terminal.print(JSON.stringify({ schemaVersion: 1, settings }));
  else
    for (const { name, value, meaning } of settings)
      context.terminal.print(`${name.padEnd(10)} ${value ?? '(not set)'}  ${meaning}`);
  return 0;
};

async function listInForce(context: Context, request: SettingsRequest, isJson: boolean): Promise<number> {
  const { settingsInUse } = await import('../../config/in-use.ts');
  const effective = settingsOf(context, request);
  const { notices } = effective;
  const settings = settingsInUse(effective);
  if (isJson) {
    const rows = settings.map((setting) => ({ ...setting, meaning: MEANINGS[setting.name] }));
    context.terminal.print(JSON.stringify({ schemaVersion: 1, settings: rows, warnings: notices }));
    return 0;
  }
  for (const notice of notices) context.terminal.say(`warning: ${notice}`);
  const width = Math.max(...settings.map(({ name }) => name.length));
  for (const setting of settings) {
    const line = `${setting.name.padEnd(width)}  ${setting.value ?? '(secret)'}  ${sourceText(setting)}`;
    context.terminal.print(printable(line, 1000));
  }
  return 0;
}

const SOURCES: Readonly<Record<SettingInUse['source'], (name: string) => string>> = {
  flag: (name) => `(${name})`,
  environment: (name) => `(${name})`,
  folder: (name) => `(${name} in this folder)`,
  person: (name) => `(${name} in your settings)`,
  default: () => '(default)',
};

const sourceText = ({ source, sourceName }: SettingInUse): string => SOURCES[source](sourceName);
