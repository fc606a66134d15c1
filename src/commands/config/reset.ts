import { setAside } from '../../config/backup.ts';
import { configPath, readConfig } from '../../config/file.ts';
import type { Config } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { removeLegacySecrets } from '../../credentials/legacy/import.ts';
import { sayStopped, usersOf } from '../../credentials/lifecycle/in-use.ts';
import { removeOrphans } from '../../credentials/lifecycle/orphans.ts';
import { signOut } from '../../credentials/lifecycle/sign-out.ts';
import { dropAllKept } from '../../mcp/keep/drop.ts';
import { removeCredentialFiles } from '../../secrets/private-file.ts';
import { CodemieError, cancelled, messageOf } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie config reset`: removes credentials first, so that no sign-in outlives its settings. */
export const run: CommandRun = async ({ options }, context) => {
  if (!options.on('yes')) await ask(context);
  const config = readIfPossible(context.home);
  const names = Object.keys(config?.profiles ?? {});
  const { removed, revoked, failures } = await signOut(context, names, true);
  for (const failure of failures)
    context.terminal.say(`warning: ${messageOf(failure)} The sign-ins stored there were not removed.`);
  await removeLegacySecrets(context, config);
  await removeOrphans(context, () => []);
  const servers = await dropAllKept(context);
  // Also removes credentials that an unreadable settings file no longer names.
  removeCredentialFiles(context.home);
  const stopped = usersOf(
    context.home,
    Object.values(config?.profiles ?? {}).map(({ credential }) => credential),
  );
  const backup = setAside(configPath(context.home), context.clock.now());
  if (options.on('json')) {
    context.terminal.print(
      JSON.stringify({ schemaVersion: 1, removed, revoked, backup: backup?.path ?? null, stopped }),
    );
    return 0;
  }
  const { terminal } = context;
  if (removed.length > 0) terminal.say(`Signed out of ${removed.join(', ')}.`);
  if (servers.length > 0) terminal.say(`Removed the sign-ins to ${servers.join(', ')}.`);
  sayStopped(context, stopped);
  terminal.say(
    backup === undefined
      ? 'No settings to reset. Run codemie setup to start over.'
      : `Settings reset (backup: ${backup.path}). Run codemie setup to start over.`,
  );
  if (backup?.masked === true) terminal.say('Unencrypted secrets were left out of the backup.');
  if (config === undefined)
    terminal.say("The old settings couldn't be read, so entries may remain in your keychain.");
  return 0;
};

async function ask({ terminal }: Context): Promise<void> {
  const prompts = await terminal.prompts();
  const sure = await prompts.confirm({
    flag: '--yes',
    message: 'Sign out of all profiles and delete all settings?',
  });
  if (!sure) throw cancelled();
}

/** A broken file is a common reason to reset. */
function readIfPossible(home: string): Config | undefined {
  try {
    return readConfig(home);
  } catch (error) {
    if (error instanceof CodemieError && error.exit === 'config') return undefined;
    throw error;
  }
}
