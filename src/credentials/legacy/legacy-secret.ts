import type { Profile } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../system/errors.ts';
import type { Credential } from '../credential.ts';
import { openStore } from '../keep/open-store.ts';
import type { SecretStore } from '../keep/store.ts';

/** One secret that the existing CLI keeps on this machine. */
export interface LegacySecret {
  /** Names it in the note of what was dealt with; no secret. */
  readonly item: string;
  /** Names it to a person before it was read: `the sign-in`. */
  readonly what: string;
  /** The file it is in. */
  readonly path: string;
  /** @throws Error with the reason why it is of no use here. */
  credential(): Promise<Credential>;
  /** Names it to a person once it was read. */
  named?(credential: Credential): string;
  /** Whether it may become a profile's: of the same platform or provider, and of the kind the profile signs in with. */
  isFor(profile: Profile, credential: Credential): boolean;
  /** Why no profile takes it. */
  nobody(credential: Credential): string;
}

/** @returns the first store that nobody has to be asked for and that works, or undefined. */
export async function usableStore(context: Context): Promise<SecretStore | undefined> {
  const names =
    (context.env['CODEMIE_PASSPHRASE'] ?? '') === ''
      ? ['keychain' as const]
      : (['keychain', 'encrypted-file'] as const);
  for (const name of names) {
    try {
      const store = await openStore(name, context);
      await store.verify();
      return store;
    } catch (error) {
      context.log.debug('no place for the secrets of the existing CLI', {
        store: name,
        reason: messageOf(error),
      });
    }
  }
  return undefined;
}

export const NO_STORE =
  'there is no credential store to copy it to (unlock the keychain, or set CODEMIE_PASSPHRASE for an encrypted file)';
