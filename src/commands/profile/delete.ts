import { readConfig } from '../../config/file.ts';
import { remove, requireProfile } from '../../config/profiles.ts';
import { updateConfig } from '../../config/write.ts';
import { sayStopped, usersOf } from '../../credentials/lifecycle/in-use.ts';
import { type SignOutResult, sharing, signOut } from '../../credentials/lifecycle/sign-out.ts';
import { cancelled } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';
import { quoted } from './signed-out.ts';

/** `codemie profile delete`: signs out first, unless another profile uses the same credential. */
export const run: CommandRun = async ({ options, args: [name = ''] }, context) => {
  const config = readConfig(context.home);
  requireProfile(config, name);
  if (!options.on('yes')) {
    const prompts = await context.terminal.prompts();
    const sure = await prompts.confirm({
      flag: '--yes',
      message: `Delete profile "${name}" and sign out of it?`,
    });
    if (!sure) throw cancelled();
  }
  const own = config.profiles[name]?.credential;
  const others = sharing(config.profiles, name, own);
  const shared = others.length > 0;
  const { revoked, failures }: Pick<SignOutResult, 'revoked' | 'failures'> = shared
    ? { revoked: 'unsupported', failures: [] }
    : await signOut(context, [name]);
  // A locked store can be unlocked later, but a credential without a profile could never be found again.
  if (failures.length > 0) throw failures[0];
  await updateConfig(context, (current) => remove(current, name));
  const stopped = shared ? [] : usersOf(context.home, [own]);
  if (options.on('json'))
    context.terminal.print(JSON.stringify({ schemaVersion: 1, removed: [name], revoked, stopped }));
  else
    context.terminal.say(
      `Deleted profile "${name}".${shared ? ` Its sign-in was kept, because ${quoted(others)} ${others.length === 1 ? 'uses' : 'use'} it too.` : ''}`,
    );
  if (!options.on('json')) sayStopped(context, stopped);
  return 0;
};
