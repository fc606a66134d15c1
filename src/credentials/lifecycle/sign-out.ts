import { record } from '../../audit/log.ts';
import { readConfig } from '../../config/file.ts';
import { isSameReference, type Profile, type StoredReference } from '../../config/profile.ts';
import { updateConfig } from '../../config/write.ts';
import type { Context } from '../../context.ts';
import { storeName } from '../../secrets/open.ts';
import { CodemieError } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import { openStore } from '../keep/open-store.ts';
import { lockPath } from '../renew/renewal-lock.ts';
import { noteOrphan } from './orphans.ts';
import { type Revoked, revoke } from './revoke.ts';

export interface SignOutResult {
  /** Profiles whose credential was removed. */
  readonly removed: readonly string[];
  readonly revoked: Revoked;
  /** Stores that could not be opened; the others were dealt with all the same. */
  readonly failures: readonly unknown[];
}

/** Longer than a renewal over a slow line. */
const PATIENCE_MS = 20_000;

/**
 * Signs profiles out: tells the server (five seconds at most), and removes the credential here whatever the server
 * said (S34). The profile itself stays. Profiles without a credential are no error.
 *
 * @param dropUnreachable also forget where a credential rests whose store cannot be opened: the profile is about to go.
 */
export async function signOut(
  context: Context,
  names: readonly string[],
  dropUnreachable = false,
): Promise<SignOutResult> {
  const removed: string[] = [];
  const failures: unknown[] = [];
  const answers: Revoked[] = [];
  // Also the road of a reset, where the settings may be unreadable.
  const { profiles } =
    names.length === 0 ? { profiles: {} as Record<string, Profile> } : readConfig(context.home);
  for (const name of names) {
    const reference = profiles[name]?.credential;
    if (reference === undefined) continue;
    try {
      const answer = await removeFrom(context, name, reference);
      if (answer !== undefined) answers.push(answer);
      removed.push(name);
    } catch (error) {
      context.signal.throwIfAborted();
      failures.push(error);
      if (!dropUnreachable) continue;
      noteOrphan(context, reference);
    }
    await updateConfig(context, (config) => ({ ...config, profiles: without(config.profiles, reference) }));
  }
  return { removed, revoked: worst(answers), failures };
}

/** @returns what the server said, or undefined when there was nothing it could be told. */
async function removeFrom(
  context: Context,
  profile: string,
  { id, store: named }: StoredReference,
): Promise<Revoked | undefined> {
  const store = await openStore(storeName(named), context);
  let answer: Revoked | undefined;
  const work = async (): Promise<void> => {
    try {
      // What cannot be read cannot be named to the server either.
      const credential = await store.get(id).catch(() => {
        answer = 'no';
        return undefined;
      });
      if (credential !== undefined) answer = await revoke(credential, context);
    } finally {
      await store.delete(id);
    }
  };
  // Under the renewal's lock: a renewal on its way must not bring the credential back after it was removed.
  const options = { clock: context.clock, signal: context.signal, waitMs: PATIENCE_MS };
  await withLock(lockPath(context, store.name, id), options, work).catch(async (error: unknown) => {
    if (!(error instanceof CodemieError) || error.code !== 'LOCK_TIMEOUT') throw error;
    // Somebody has held it for longer than any renewal takes: it goes all the same (S34).
    await work();
  });
  const origin = id.split('#')[0] ?? '';
  await record(context, { event: 'sign-out', profile, origin, revoked: answer ?? 'unsupported' });
  return answer;
}

/** Every profile that pointed at the credential, in that store, is signed out with it. */
function without(
  profiles: Readonly<Record<string, Profile>>,
  reference: StoredReference,
): Record<string, Profile> {
  return Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => {
      if (!isSameReference(profile.credential, reference)) return [name, profile];
      const { credential: _gone, ...rest } = profile;
      return [name, rest];
    }),
  );
}

function worst(answers: readonly Revoked[]): Revoked {
  if (answers.includes('no')) return 'no';
  return answers.includes('yes') ? 'yes' : 'unsupported';
}
