import type { StoreName, TextStore } from '../../secrets/store.ts';
import type { Credential } from '../credential.ts';

/**
 * Where credentials rest. Implementations never fall back to a weaker place by themselves.
 *
 * Errors: STORE_UNAVAILABLE, STORE_LOCKED, STORE_TIMEOUT, STORE_DAMAGED (all exit 8), each with its own remedy.
 */
export interface SecretStore {
  readonly name: StoreName;
  /** Round trip of a random entry (set, get, delete) within three seconds (S19). Run before a store is chosen. */
  verify(): Promise<void>;
  /** @returns undefined only when the entry is really absent; a locked or damaged store throws. */
  get(id: string): Promise<Credential | undefined>;
  set(id: string, credential: Credential): Promise<void>;
  /** @returns whether there was an entry. */
  delete(id: string): Promise<boolean>;
  /** The same place for a secret that is no credential, e.g. the code of a sign-in that is not complete yet. */
  readonly notes: Pick<TextStore, 'read' | 'write' | 'remove'>;
}
