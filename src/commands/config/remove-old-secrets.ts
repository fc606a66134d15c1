import { readConfig } from '../../config/file.ts';
import { removeLegacySecrets } from '../../credentials/legacy/import.ts';
import { cancelled } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/**
 * `codemie config remove-old-secrets`: deletes the secrets that the existing CLI stores in readable form. Sign-ins
 * here are not affected.
 */
export const run: CommandRun = async ({ options }, context) => {
  const { terminal } = context;
  if (!options.on('yes')) {
    const prompts = await terminal.prompts();
    const message =
      'Remove the sign-ins and keys of the previous CodeMie CLI? It will ask you to sign in again.';
    if (!(await prompts.confirm({ flag: '--yes', message }))) throw cancelled();
  }
  const removed = await removeLegacySecrets(context, readConfig(context.home));
  if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, removed }));
  else if (removed.length === 0) terminal.say('Nothing to remove.');
  else terminal.say(`Removed the previous CLI's secrets from ${removed.join(', ')}.`);
  return 0;
};
