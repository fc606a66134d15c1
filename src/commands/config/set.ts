import { commonSetting, parseSetting, trackingMark, withSetting } from '../../config/common-settings.ts';
import { updateConfig } from '../../config/write.ts';
import { removeFile } from '../../system/files.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie config set` and `unset`: global settings. */
export const run: CommandRun = async ({ options, args: [name, text] }, context) => {
  const setting = commonSetting(name);
  const value = text === undefined ? undefined : parseSetting(setting, text, context.cwd);
  await updateConfig(context, (config) => withSetting(config, setting, value));
  // Turning it off removes all traces; turning it on again shows the notice again.
  if (setting.field === 'plugin') removeFile(trackingMark(context.home));
  if (options.on('json'))
    context.terminal.print(JSON.stringify({ schemaVersion: 1, name: setting.name, value: value ?? null }));
  else
    context.terminal.say(
      value === undefined ? `Reset ${setting.name} to its default.` : `Set ${setting.name} to ${value}.`,
    );
  return 0;
};
