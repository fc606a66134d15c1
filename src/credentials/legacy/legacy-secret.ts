import type { Profile } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../system/errors.ts';
import type { Credential } from '../credential.ts';
import { openStore } from '../keep/open-store.ts';
import type { SecretStore } from '../keep/store.ts';

/** A secret that the existing CLI stores on this machine. */
export interface LegacySecret {
  /** Its key in the record of imported secrets. Not a secret. */
  readonly item: string;
  /** How messages name it before it is read, e.g. `the sign-in`. */
  readonly what: string;
  /** The file that holds it. */
  readonly path: string;
  /** @throws Error with the reason why codemie cannot use it. */
  credential(): Promise<Credential>;
  /** How messages name it once it is read. */
  named?(credential: Credential): string;
  /** @returns whether a profile may use it: same platform or provider, and a kind the profile signs in with. */
  isFor(profile: Profile, credential: Credential): boolean;
  /** @returns the reason why no profile uses it. */
  reasonUnused(credential: Credential): string;
}

/** @returns the first store that works without a prompt, or undefined. */
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
      context.log.debug('store unusable for the secrets of the existing CLI', {
        store: name,
        reason: messageOf(error),
      });
    }
  }
  return undefined;
}

export const NO_STORE =
  'no credential store is available (unlock the keychain, or set CODEMIE_PASSPHRASE to use an encrypted file)';
