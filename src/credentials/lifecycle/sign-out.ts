import { record } from '../../audit/log.ts';
import { readConfig } from '../../config/file.ts';
import { isSameReference, type Profile, type StoredReference } from '../../config/profile.ts';
import { updateConfig } from '../../config/write.ts';
import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { storeName } from '../../secrets/open.ts';
import { CodemieError } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import type { Credential } from '../credential.ts';
import { movedFrom } from '../keep/moved.ts';
import { openStore } from '../keep/open-store.ts';
import { noteOrphan } from './orphans.ts';
import { type Revoked, revoke } from './revoke.ts';

/** One credential that was removed. */
export interface Ended {
  /** All profiles that used it. */
  readonly profiles: readonly string[];
  /** Undefined if the store had no readable credential. */
  readonly kind: Credential['kind'] | undefined;
  readonly revoked: Revoked;
  /** Profiles with another sign-in of the same account, which the server may have ended too. */
  readonly sameAccount: readonly string[];
}

export interface SignOutResult {
  /** Profiles whose credential was removed: those you named, and those that share one with them. */
  readonly removed: readonly string[];
  readonly revoked: Revoked;
  readonly ended: readonly Ended[];
  /** Errors of stores that could not be opened. The other profiles were signed out. */
  readonly failures: readonly unknown[];
}

/** Longer than a renewal takes on a slow connection. */
const LOCK_WAIT_MS = 20_000;

/**
 * Signs profiles out: revokes each credential at the server (five seconds at most), and deletes it here whatever the server
 * answers (S34). The profiles themselves stay. Profiles without a credential are skipped.
 *
 * @param dropUnreachable also remove the reference to a credential whose store cannot be opened, because the profile is about
 *   to be deleted.
 */
export async function signOut(
  context: Context,
  names: readonly string[],
  dropUnreachable = false,
): Promise<SignOutResult> {
  const removed: string[] = [];
  const failures: unknown[] = [];
  const ended: Ended[] = [];
  // A reset calls this too, and its settings may be unreadable.
  const { profiles } =
    names.length === 0 ? { profiles: {} as Record<string, Profile> } : readConfig(context.home);
  for (const name of names) {
    let reference = profiles[name]?.credential;
    // A profile that shares its credential with one before is signed out already.
    if (reference === undefined || removed.includes(name)) continue;
    try {
      const { kind, answer, from } = await removeFrom(context, name, reference);
      reference = from;
      const all = [name, ...sharing(profiles, name, reference)];
      ended.push({ profiles: all, kind, revoked: answer, sameAccount: sameAccount(profiles, reference) });
      removed.push(...all);
    } catch (error) {
      context.signal.throwIfAborted();
      failures.push(error);
      if (!dropUnreachable) continue;
      noteOrphan(context, reference);
    }
    const gone = reference;
    await updateConfig(context, (config) => ({
      ...config,
      profiles: withoutReference(config.profiles, gone),
    }));
  }
  return { removed, revoked: worst(ended.map(({ revoked }) => revoked)), ended, failures };
}

interface Removal {
  /** The kind of the credential, if the store had one. */
  readonly kind: Credential['kind'] | undefined;
  readonly answer: Revoked;
  /** Where it was: `profile move` may have taken it to another store. */
  readonly from: StoredReference;
}

async function removeFrom(
  context: Context,
  profile: string,
  { id, store: named }: StoredReference,
): Promise<Removal> {
  const store = await openStore(storeName(named), context);
  let kind: Credential['kind'] | undefined;
  let answer: Revoked = 'unsupported';
  const work = async (): Promise<void> => {
    try {
      // A credential that cannot be read cannot be revoked.
      const credential = await store.get(id).catch(() => {
        answer = 'no';
        return undefined;
      });
      kind = credential?.kind;
      if (credential !== undefined) answer = await revoke(credential, context);
    } finally {
      await store.delete(id);
    }
  };
  // Hold the renewal lock, or a running renewal could store the credential again after it is deleted.
  const options = { clock: context.clock, signal: context.signal, waitMs: LOCK_WAIT_MS };
  await withLock(lockPath(context, store.name, id), options, work).catch(async (error: unknown) => {
    if (!(error instanceof CodemieError) || error.code !== 'LOCK_TIMEOUT') throw error;
    // The lock was held for longer than any renewal takes, so delete the credential anyway (S34).
    await work();
  });
  const moved = kind === undefined ? await movedFrom(context, profile, { store, id }) : undefined;
  if (moved !== undefined) return removeFrom(context, profile, { id, store: moved.store.name });
  const origin = id.split('#')[0] ?? '';
  await record(context, { event: 'sign-out', profile, origin, revoked: answer });
  return { kind, answer, from: { id, store: named } };
}

/** @returns the profiles that have the same account in another store. */
function sameAccount(
  profiles: Readonly<Record<string, Profile>>,
  { id, store }: StoredReference,
): readonly string[] {
  return Object.values(profiles)
    .filter(({ credential }) => credential?.id === id && credential.store !== store)
    .map(({ name }) => name);
}

/** @returns the other profiles that use the same credential. */
export function sharing(
  profiles: Readonly<Record<string, Profile>>,
  name: string,
  reference: StoredReference | undefined,
): readonly string[] {
  return Object.values(profiles)
    .filter((profile) => profile.name !== name && isSameReference(profile.credential, reference))
    .map((profile) => profile.name);
}

/**
 * Signs out every profile that references this credential in this store. The profiles remember the store for the next
 * sign-in; the keychain is the default anyway.
 */
function withoutReference(
  profiles: Readonly<Record<string, Profile>>,
  reference: StoredReference,
): Record<string, Profile> {
  return Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => {
      if (!isSameReference(profile.credential, reference)) return [name, profile];
      const { credential: _gone, store: _former, ...rest } = profile;
      return [name, reference.store === 'keychain' ? rest : { ...rest, store: reference.store }];
    }),
  );
}

function worst(answers: readonly Revoked[]): Revoked {
  if (answers.includes('no')) return 'no';
  return answers.includes('yes') ? 'yes' : 'unsupported';
}
