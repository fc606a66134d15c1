import { resolveSetting, variableLayer } from '../../config/layers/merge.ts';
import type { Config } from '../../config/profile.ts';
import { activate } from '../../config/profiles.ts';
import { originOfProfile } from '../../config/selection.ts';
import { updateConfig } from '../../config/write.ts';
import type { Context } from '../../context.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile use`: switches to a profile. */
export const run: CommandRun = async ({ options, args: [name = ''] }, context) => {
  const config = await updateConfig(context, (current) => activate(current, name));
  if (options.on('json')) context.terminal.print(JSON.stringify({ schemaVersion: 1, active: name }));
  else context.terminal.say(`Switched to "${name}".`);
  const still = overriding(context, config, name);
  if (still !== undefined)
    context.terminal.say(`warning: ${still} is set and overrides this in the current shell`);
  return 0;
};

/** @returns the variable that makes commands use another profile, or a URL other than the profile's. */
function overriding({ env }: Context, config: Config, name: string): string | undefined {
  const variables = [variableLayer(env)];
  const profile = resolveSetting('profile', variables);
  if (profile !== undefined) return profile.sourceName;
  const url = resolveSetting('url', variables);
  const own = originOfProfile(config.profiles[name]);
  const isElsewhere = url !== undefined && originOfProfile({ name, codeMieUrl: url.value }) !== own;
  return isElsewhere ? url.sourceName : undefined;
}
