import type { StoreName, TextStore } from '../../secrets/store.ts';
import type { Credential } from '../credential.ts';

/**
 * A credential store. Implementations never fall back to a weaker store.
 *
 * Errors: STORE_UNAVAILABLE, STORE_LOCKED, STORE_TIMEOUT, STORE_DAMAGED (all exit 8), each with its own remedy.
 */
export interface SecretStore {
  readonly name: StoreName;
  /** Sets, reads and deletes a random entry within three seconds (S19). Run this before choosing a store. */
  verify(): Promise<void>;
  /** @returns undefined only if there is no such entry; a locked or damaged store throws. */
  get(id: string): Promise<Credential | undefined>;
  set(id: string, credential: Credential): Promise<void>;
  /** @returns whether there was an entry. */
  delete(id: string): Promise<boolean>;
  /** The same store for other secrets, e.g. the device code of a sign-in that is not complete yet. */
  readonly notes: Pick<TextStore, 'read' | 'write' | 'remove'>;
}
