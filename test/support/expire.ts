import { readConfig } from '../../src/config/file.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import { storeName } from '../../src/secrets/open.ts';
import { testContext } from './context.ts';
import type { Machine } from './program.ts';

/**
 * Makes the stored access token of a profile look expired to the program, so that no test has to wait. The server
 * still accepts it, and its successor lives as long as the server says.
 */
export async function expireStored(machine: Machine, profile = 'default'): Promise<void> {
  const reference = readConfig(machine.home).profiles[profile]?.credential;
  if (reference === undefined) throw new Error(`not signed in to profile ${profile}`);
  const store = await openStore(storeName(reference.store), testContext({ env: machine.env }));
  const credential = await store.get(reference.id);
  if (credential === undefined) throw new Error(`profile ${profile} has no credential`);
  const now = Date.now();
  await store.set(reference.id, { ...credential, obtainedAt: now - 3_600_000, expiresAt: now - 1000 });
}
