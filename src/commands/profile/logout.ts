import { readConfig } from '../../config/file.ts';
import { select } from '../../config/selection.ts';
import { overridingVariable } from '../../credentials/find/token-source.ts';
import { removeLegacySecrets } from '../../credentials/legacy/import.ts';
import { sayStopped, usersOf } from '../../credentials/lifecycle/in-use.ts';
import { removeOrphans } from '../../credentials/lifecycle/orphans.ts';
import type { Revoked } from '../../credentials/lifecycle/revoke.ts';
import { signOut } from '../../credentials/lifecycle/sign-out.ts';
import { cancelled } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

const SENTENCES: Readonly<Record<Revoked, string>> = {
  yes: ' and ended the session on the server.',
  no: " here, but the server couldn't be reached: the session stays valid there until it expires.",
  unsupported: '. Removed from this computer. The token itself stays valid until it expires.',
};

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

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
  const { removed, revoked, failures } = await signOut(context, names);
  if (all) {
    await removeLegacySecrets(context, config);
    await removeOrphans(context, () => []);
  }
  if (failures.length > 0) {
    if (removed.length > 0) context.terminal.say(`Signed out of ${quoted(removed)}.`);
    throw failures[0];
  }
  const stopped = usersOf(
    context.home,
    removed.map((name) => config.profiles[name]?.credential),
  );
  if (options.on('json'))
    context.terminal.print(JSON.stringify({ schemaVersion: 1, removed, revoked, stopped }));
  else if (removed.length === 0) context.terminal.say("You weren't signed in.");
  else context.terminal.say(`Signed out of ${quoted(removed)}${SENTENCES[revoked]}`);
  if (!options.on('json')) sayStopped(context, stopped);
  const still = overridingVariable(context, { profile: names[0], mayCreate: true });
  if (still !== undefined) context.terminal.say(`warning: ${still}`);
  return 0;
};
