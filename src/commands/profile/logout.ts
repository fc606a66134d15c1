import { readConfig } from '../../config/file.ts';
import { select } from '../../config/selection.ts';
import type { Context } from '../../context.ts';
import { variableInForce } from '../../credentials/find/overriding.ts';
import { removeLegacySecrets } from '../../credentials/legacy/import.ts';
import { sayStopped, usersOf } from '../../credentials/lifecycle/in-use.ts';
import { removeOrphans } from '../../credentials/lifecycle/orphans.ts';
import { signOut } from '../../credentials/lifecycle/sign-out.ts';
import { cancelled } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';
import { signedOutText } from './signed-out.ts';

/** `codemie profile logout`: always removes the local credential, and revokes it at the server if possible. */
export const run: CommandRun = async ({ options }, context) => {
  const config = readConfig(context.home);
  const all = options.on('all');
  const names = all
    ? Object.keys(config.profiles)
    : [
        select(config, {}, { profile: options.text('profile') || context.env['CODEMIE_PROFILE'] })
          .profileName,
      ];
  if (all && !options.on('yes') && context.terminal.interactive) {
    const prompts = await context.terminal.prompts();
    const sure = await prompts.confirm({
      flag: '--yes',
      message: `Sign out of all ${names.length} profiles?`,
    });
    if (!sure) throw cancelled();
  }
  const { removed, revoked, ended, failures } = await signOut(context, names);
  if (all) {
    await removeLegacySecrets(context, config);
    await removeOrphans(context, () => []);
  }
  const { terminal } = context;
  const sayEnded = (): void => {
    for (const line of ended.flatMap((one) => signedOutText(one, names))) terminal.say(line);
  };
  if (failures.length > 0) {
    sayEnded();
    throw failures[0];
  }
  const stopped = usersOf(
    context.home,
    removed.map((name) => config.profiles[name]?.credential),
  );
  const warnings = stillApplying(context, names);
  if (options.on('json'))
    terminal.print(
      JSON.stringify({
        schemaVersion: 1,
        removed,
        revoked,
        ended: ended.map(({ kind, ...rest }) => ({ ...rest, kind: kind ?? null })),
        stopped,
        warnings,
      }),
    );
  else if (removed.length === 0) terminal.say("You weren't signed in.");
  else sayEnded();
  if (!options.on('json')) sayStopped(context, stopped);
  for (const warning of warnings) terminal.say(`warning: ${warning}`);
  return 0;
};

/** Variables that still sign commands in, as whom, and how to stop that. */
function stillApplying(context: Context, names: readonly string[]): readonly string[] {
  const found = (names.length === 0 ? [undefined] : names).flatMap(
    (profile) => variableInForce(context, { profile, mayCreate: true }, 'still applies') ?? [],
  );
  return [...new Set(found)];
}
