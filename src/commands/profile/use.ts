import { activate } from '../../config/profiles.ts';
import { updateConfig } from '../../config/write.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile use`. */
export const run: CommandRun = async ({ options, args: [name = ''] }, context) => {
  await updateConfig(context, (config) => activate(config, name));
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, active: name }));
  else context.terminal.say(`Profile "${name}" is active now.`);
  if ((context.env['CODEMIE_PROFILE'] ?? '') !== '')
    context.terminal.say('CODEMIE_PROFILE is set and still wins in this shell.');
  return 0;
};
