import { keptApiBase } from '../../config/api-base.ts';
import type { Context } from '../../context.ts';
import { unreachable } from '../../net/unreachable.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import { CodemieError, messageOf, SIGN_IN } from '../../system/errors.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';
import { authorizationHeaders, isSameCredential, type SessionCredential } from '../credential.ts';
import { notRenewable, signedOut } from '../errors.ts';
import { identityIn, requireSamePerson } from '../identity.ts';
import type { Renewal } from './oidc.ts';
import { renewAlone } from './renewal-lock.ts';
import { type RenewedFamily, renewalIn } from './session-cookies.ts';

/**
 * Stores a session that the gateway renewed in a response, unless another process has stored a later one.
 *
 * @returns the session to use from now on, or undefined if the lines contain no complete session.
 * @throws AUTH_MISSING (4) after a sign-out.
 */
export async function keepSession(
  { context, store, id }: Renewal,
  current: SessionCredential,
  setCookie: readonly string[],
): Promise<SessionCredential | undefined> {
  const renewed = renewalIn(setCookie, context.clock.now());
  if (renewed === undefined) return undefined;
  await requireSameSession(context, current, renewed);
  return withLock(lockPath(context, store.name, id), { clock: context.clock }, () =>
    merge({ context, store, id }, current, renewed),
  );
}

/** The caller must hold the credential's lock. @throws AUTH_MISSING (4) after a sign-out. */
async function merge(
  { store, id }: Renewal,
  current: SessionCredential,
  renewed: RenewedFamily,
): Promise<SessionCredential | undefined> {
  const stored = await store.get(id);
  // A sign-out or a new sign-in since then takes precedence over a renewal of the old session.
  if (stored === undefined) throw signedOut();
  if (stored.kind !== 'session') return undefined;
  if (stored.obtainedAt > renewed.obtainedAt) return stored;
  const { expiresAt: _old, ...rest } = { ...current, ...stored };
  const next: SessionCredential = { ...rest, ...renewed };
  await store.set(id, next);
  return next;
}

/**
 * Renews a session that was refused, once. Returns the session that another process stored since then, or asks the gateway
 * (`GET /oauth2/auth`), which renews it with `Set-Cookie` if it is configured to.
 *
 * @throws AUTH_MISSING (4) after a sign-out, AUTH_REVOKED (4) if the session has ended, AUTH_NOT_RENEWABLE (4) if the gateway does not renew sessions,
 *   AUTH_IDENTITY_CHANGED (4), ACCESS_DENIED (6) if the person is signed in but not allowed, UNREACHABLE (5).
 */
export async function renewSession(renewal: Renewal, current: SessionCredential): Promise<SessionCredential> {
  const { context, store, id } = renewal;
  // Hold the lock from the first read to the last write: two concurrent renewals of one session would invalidate each other.
  return renewAlone(context, store.name, id, async () => {
    const stored = await store.get(id);
    if (stored === undefined) throw signedOut();
    if (stored.kind === 'session' && !isSameCredential(stored, current)) return stored;
    const response = await context.http({
      url: `${current.origin}/oauth2/auth`,
      headers: { accept: 'application/json', ...authorizationHeaders(current) },
      signal: context.signal,
    });
    if (response.status === 401) throw ended();
    if (response.status >= 500 || response.status === 429)
      throw gatewayFailed(current.origin, response.status);
    const renewed = renewalIn(response.setCookie, context.clock.now());
    if (renewed !== undefined) await requireSameSession(context, current, renewed);
    const kept = renewed && (await merge(renewal, current, renewed));
    if (kept !== undefined) return kept;
    if (response.status === 202) throw behindGateway();
    if (response.status === 403) throw notAllowed(current.origin);
    throw notRenewable('gateway session');
  });
}

/**
 * A renewed session does not name its owner, so this asks the platform before the session is stored. Renewals are rare, so the
 * extra request is cheap. If the platform is down, the session is stored anyway.
 */
async function requireSameSession(
  context: Context,
  current: SessionCredential,
  { cookies }: RenewedFamily,
): Promise<void> {
  const { origin, identity } = current;
  const body = await context
    .http({
      url: `${keptApiBase(origin, current.apiBase)}/v1/user`,
      headers: { accept: 'application/json', ...authorizationHeaders({ ...current, cookies }) },
      maxBytes: 8 * 1_048_576,
      signal: context.signal,
    })
    .then((response) => objectIn(response.body.toString('utf8')))
    .catch((error: unknown) => {
      context.signal.throwIfAborted();
      context.log.debug('the platform did not say who the renewed session is for', {
        reason: messageOf(error),
      });
      return undefined;
    });
  requireSamePerson(identity, identityIn(body ?? {}));
}

function gatewayFailed(origin: string, status: number): CodemieError {
  return unreachable(
    new URL(origin),
    `answered HTTP ${status} when asked to refresh your session`,
    String(status),
  );
}

function ended(): CodemieError {
  return new CodemieError({
    code: 'AUTH_REVOKED',
    message: 'Your session has expired. Sign in again.',
    fix: SIGN_IN,
  });
}

/** The gateway accepts the session (202), but the token behind it may have expired for the platform. */
function behindGateway(): CodemieError {
  return new CodemieError({
    code: 'AUTH_NOT_RENEWABLE',
    message: "Your session can't be refreshed. If the server rejects it, it has expired.",
    fix: SIGN_IN,
  });
}

function notAllowed(origin: string): CodemieError {
  return new CodemieError({
    code: 'ACCESS_DENIED',
    message: `${origin} knows who you are, but doesn't let you in.`,
    hint: 'Ask your CodeMie administrator for access.',
  });
}
