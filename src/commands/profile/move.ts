import { readConfig } from '../../config/file.ts';
import { nameInUse } from '../../config/selection.ts';
import { moveCredential } from '../../credentials/lifecycle/move.ts';
import { STORE_LABELS, type StoreName } from '../../secrets/store.ts';
import { usageError } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile move`: moves the credential to another store without signing out. */
export const run: CommandRun = async ({ options }, context) => {
  const to = options.text('to') as StoreName | undefined;
  if (to === undefined)
    throw usageError(
      'Specify a store with --to.',
      { fix: 'codemie profile move --to keychain' },
      'INPUT_REQUIRED',
    );
  const name = nameInUse(readConfig(context.home), context.env, { profile: options.text('profile') });
  const moved = await moveCredential(context, name, to);
  const { terminal } = context;
  if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, ...moved }));
  else if (moved.profiles.length === 0)
    terminal.say(`Profile "${name}" is already stored in ${STORE_LABELS[to]}.`);
  else {
    terminal.say(`Moved the sign-in of ${moved.profiles.join(', ')} to ${STORE_LABELS[to]}.`);
    if (to === 'plaintext-file')
      terminal.say('warning: it is stored unencrypted; any program running as you can read it');
  }
  return 0;
};
