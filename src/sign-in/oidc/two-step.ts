import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import type { SecretStore } from '../../credentials/keep/store.ts';
import type { Origin } from '../../net/origin.ts';
import { sha256 } from '../../system/digest.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import { timedOut } from '../errors.ts';
import { type BegunDevice, beginDevice, EXPIRED, limitOf, waitForApproval } from './device.ts';
import { discoverProvider, type ProviderRequest } from './provider.ts';

/** A sign-in that one call starts and the next one completes. It is stored only in the secret store. */
interface Pending {
  readonly version: 1;
  readonly request: ProviderRequest;
  /** The issuer that you named, to save in the profile. */
  readonly named?: string;
  readonly begun: BegunDevice;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** What the user must do to sign in, for a caller without a terminal to display. */
export interface PendingSignIn {
  readonly url: string;
  readonly directUrl: string | undefined;
  readonly code: string;
  readonly expiresAt: number;
}

/** One id per platform and profile, because two profiles may sign in to one platform at the same time. */
function noteId(origin: Origin, profileName: string): string {
  const name = sha256(profileName).slice(0, 12);
  return `${origin}#pending-${name}`;
}

/** @returns whether an earlier call started a sign-in that can still be completed. */
export async function isInProgress(
  context: Context,
  store: SecretStore,
  origin: Origin,
  profileName: string,
): Promise<boolean> {
  const pending = await read(store, noteId(origin, profileName));
  return (pending?.expiresAt ?? 0) > context.clock.now();
}

/**
 * Starts a device code sign-in that another call completes.
 *
 * @throws what `signInByDevice` throws.
 */
export async function beginSignIn(
  context: Context,
  store: SecretStore,
  profileName: string,
  request: ProviderRequest,
  named: string | undefined,
): Promise<PendingSignIn> {
  const id = noteId(request.origin, profileName);
  const begun = await beginDevice(await discoverProvider(context, request));
  const expiresAt = context.clock.now() + begun.lifeMs;
  const pending: Pending = { version: 1, request, ...(named && { named }), begun, expiresAt };
  await store.notes.write(id, JSON.stringify(pending));
  return { url: begun.address, directUrl: begun.direct, code: begun.userCode, expiresAt };
}

export interface CompletedSignIn {
  readonly credential: OidcCredential;
  readonly named: string | undefined;
}

/**
 * Waits for the sign-in that an earlier call started.
 *
 * @throws SIGN_IN_TIMEOUT (7) if it was not approved in time, SIGN_IN_DENIED (6), SIGN_IN_NOT_BEGUN (1).
 */
export async function completeSignIn(
  context: Context,
  store: SecretStore,
  origin: Origin,
  profileName: string,
  timeoutMs: number,
): Promise<CompletedSignIn> {
  const id = noteId(origin, profileName);
  const pending = await read(store, id);
  if (pending === undefined) throw notBegun(origin);
  const left = pending.expiresAt - context.clock.now();
  try {
    if (left <= 0) throw timedOut(EXPIRED);
    const provider = await discoverProvider(context, pending.request);
    const limit = limitOf(left, timeoutMs);
    const credential = await waitForApproval(context, provider, pending.begun, limit, 'ask');
    await store.notes.remove(id);
    return { credential, named: pending.named };
  } catch (error) {
    // If only the wait ended, another call can continue it. An expired code cannot be used again.
    const over = pending.expiresAt <= context.clock.now();
    const passing = error instanceof CodemieError && ['timeout', 'unreachable'].includes(error.exit);
    if (over || !(passing || context.signal.aborted)) await store.notes.remove(id);
    throw passing && !over && error.exit === 'timeout' ? notYet(pending.begun.userCode) : error;
  }
}

async function read(store: SecretStore, id: string): Promise<Pending | undefined> {
  const text = await store.notes.read(id);
  try {
    const value = JSON.parse(text ?? '') as Pending;
    return value.version === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

function notYet(code: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_TIMEOUT',
    message: `Code ${code} has not been approved yet. It is still valid, and nothing was changed.`,
    fix: `${SIGN_IN} --non-interactive`,
  });
}

function notBegun(origin: Origin): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_NOT_BEGUN',
    message: `There is no started sign-in to ${origin} to finish.`,
    fix: `${SIGN_IN} --non-interactive`,
  });
}
