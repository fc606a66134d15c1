import { readConfig } from '../../config/file.ts';
import { isSameReference, type Profile, type StoredReference } from '../../config/profile.ts';
import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { storeName } from '../../secrets/open.ts';
import { messageOf } from '../../system/errors.ts';
import { withLock } from '../../system/lock.ts';
import type { Credential } from '../credential.ts';
import { openStore } from '../keep/open-store.ts';
import type { SecretStore } from '../keep/store.ts';
import { noteOrphan, removeOrphans } from './orphans.ts';
import { revoke } from './revoke.ts';

/** An entry in a store. `credential` is undefined if there is none or it cannot be read. */
export interface StoredCredential {
  readonly store: SecretStore;
  readonly id: string;
  readonly credential: Credential | undefined;
}

/** @returns the profile's current credential, or undefined if it has none. */
export async function previousCredential(
  context: Context,
  profile: Profile | undefined,
): Promise<StoredCredential | undefined> {
  if (profile?.credential === undefined) return undefined;
  const { id } = profile.credential;
  try {
    const store = await openStore(storeName(profile.credential.store), context);
    return { store, id, credential: await readable(context, store, id) };
  } catch (error) {
    context.log.debug('the previous store cannot be opened', { reason: messageOf(error) });
    noteOrphan(context, profile.credential);
    return undefined;
  }
}

/**
 * Stores a new credential, calls `save` to update the profile, and only then ends the credential it replaces (S35), so a
 * failure at any point leaves a working credential.
 *
 * @returns whether it replaced a credential.
 */
export async function replaceCredential(
  context: Context,
  next: StoredCredential & { readonly credential: Credential },
  former: StoredCredential | undefined,
  save: () => Promise<unknown>,
): Promise<boolean> {
  const { store, id, credential } = next;
  const options = { clock: context.clock, signal: context.signal };
  // Hold the renewal lock, or a running renewal could overwrite the new credential with the old one.
  const overwritten = await withLock(lockPath(context, store.name, id), options, async () => {
    const old = await readable(context, store, id);
    const finished = noteOrphan(context, { store: store.name, id });
    await store.set(id, credential);
    await save();
    finished();
    return old;
  });
  const named = (): readonly StoredReference[] => references(context);
  await removeOrphans(context, named, (lost) => end(context, lost, credential));
  if (overwritten !== undefined) await end(context, overwritten, credential);
  if (former === undefined || isAt(former, store.name, id)) return overwritten !== undefined;
  const place = { store: former.store.name, id: former.id };
  if (!named().some((reference) => isSameReference(reference, place))) {
    await former.store.delete(former.id).catch((error: unknown) => {
      context.log.debug('the previous credential could not be removed', { reason: messageOf(error) });
      noteOrphan(context, place);
    });
    if (former.credential !== undefined) await end(context, former.credential, credential);
  }
  return true;
}

/**
 * Revokes a credential, unless that would also end `kept`. A provider with one session per browser (Keycloak) gives a second
 * sign-in the same session, and a revocation ends that session.
 */
export async function end(context: Context, old: Credential, kept: Credential | undefined): Promise<void> {
  const session = sessionOf(old);
  if (session !== undefined && kept !== undefined && session === sessionOf(kept)) {
    context.log.debug('not revoked: both credentials belong to one session of the provider');
    return;
  }
  await revoke(old, context);
}

function references({ home }: Context): readonly StoredReference[] {
  return Object.values(readConfig(home).profiles).flatMap(({ credential }) => credential ?? []);
}

function isAt(place: StoredCredential, store: string, id: string): boolean {
  return place.store.name === store && place.id === id;
}

async function readable(context: Context, store: SecretStore, id: string): Promise<Credential | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    context.log.debug('the stored credential cannot be read', {
      store: store.name,
      reason: messageOf(error),
    });
    return undefined;
  }
}

/** The provider session a credential belongs to: the `sid` of its ID token, which was verified at sign-in. */
function sessionOf(credential: Credential): string | undefined {
  if (credential.kind !== 'oidc' || credential.idToken === undefined) return undefined;
  const payload = credential.idToken.reveal().split('.')[1] ?? '';
  try {
    const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sid?: unknown };
    return typeof sid === 'string' && sid !== '' ? `${credential.issuer}#${sid}` : undefined;
  } catch {
    return undefined;
  }
}
