import type { Context } from '../context.ts';
import { openStore } from '../credentials/keep/open-store.ts';
import type { StoreName } from '../secrets/store.ts';
import { CodemieError } from '../system/errors.ts';
import type { Answers } from './step.ts';

/**
 * Where the sign-in is stored. Asked only when there is no keychain and neither a flag nor an earlier sign-in decides.
 *
 * @returns undefined to use the default store of a sign-in.
 */
export async function chooseStore(
  context: Context,
  { flags, config, profileName }: Answers,
): Promise<StoreName | undefined> {
  const { credential, store } = config.profiles[profileName] ?? {};
  if (flags.store !== undefined || credential !== undefined || store !== undefined) return flags.store;
  if (!context.terminal.interactive) return undefined;
  try {
    await (await openStore('keychain', context)).verify();
    return undefined;
  } catch (error) {
    if (!(error instanceof CodemieError) || error.code !== 'STORE_UNAVAILABLE') throw error;
  }
  const prompts = await context.terminal.prompts();
  return prompts.select<StoreName>({
    flag: '--store',
    message: 'No system keychain was found. Where should your sign-in be stored?',
    choices: [
      { value: 'encrypted-file', name: 'Encrypted file', description: 'you choose a passphrase' },
      { value: 'plaintext-file', name: 'Plain file (not recommended)' },
    ],
  });
}
