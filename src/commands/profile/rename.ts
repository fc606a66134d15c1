import { rename } from '../../config/profiles.ts';
import { updateConfig } from '../../config/write.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile rename`: the credential does not move, because profiles only refer to it. */
export const run: CommandRun = async ({ options, args: [from = '', to = ''] }, context) => {
  await updateConfig(context, (config) => rename(config, from, to));
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, name: to }));
  else context.terminal.say(`Renamed "${from}" to "${to}".`);
  return 0;
};
