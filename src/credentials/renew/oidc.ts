import { record } from '../../audit/log.ts';
import type { Context } from '../../context.ts';
import { isHtml } from '../../net/client.ts';
import type { HttpResponse } from '../../net/http.ts';
import { requireSecure } from '../../net/origin.ts';
import { unreachable } from '../../net/unreachable.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { OidcCredential } from '../credential.ts';
import { notRenewable, signedOut } from '../errors.ts';
import { inspectJwt } from '../jwt.ts';
import type { SecretStore } from '../keep/store.ts';
import { renewAlone } from './renewal-lock.ts';
import { type TokenSet, tokenSet } from './token-response.ts';

export interface Renewal {
  readonly context: Context;
  readonly store: SecretStore;
  readonly id: string;
}

/**
 * Renews an OIDC credential exactly once, however many processes ask (S27–S31). Takes the credential's lock, reads the store
 * again while holding it, and stores the rotated token before using it.
 *
 * A process that is killed between the server's response and the write that follows loses the rotated refresh token. That
 * window is one synchronous write long.
 *
 * @param stale the credential that the caller can no longer use.
 * @throws AUTH_REVOKED (4) if the server answers `invalid_grant`, AUTH_MISSING (4) after a sign-out;
 *   UNREACHABLE (5) and AUTH_RENEWAL_FAILED (4) leave the credential unchanged (S30).
 */
export async function renewOidc(renewal: Renewal, stale: OidcCredential): Promise<OidcCredential> {
  const { context, store, id } = renewal;
  return renewAlone(context, store.name, id, async () => {
    const stored = await store.get(id);
    if (stored === undefined) throw signedOut();
    if (stored.kind !== 'oidc') throw signedOut();
    const renewedElsewhere = !stored.accessToken.equals(stale.accessToken);
    if (renewedElsewhere && stored.expiresAt > context.clock.now()) {
      context.log.debug('credential was renewed by another process', {
        credential: stored.accessToken.fingerprint(),
      });
      return stored;
    }
    const fresh = await audited(context, stored, async () => {
      const refreshToken = usableRefreshToken(stored);
      // Test the store before the refresh token is used: a full disk must not lose the rotated token.
      await store.set(id, stored);
      try {
        const granted = await grant(context, stored, refreshToken);
        // Store the tokens at once: a process that is killed before this write loses the rotated token (S29).
        await store.set(id, granted);
        return granted;
      } catch (error) {
        return usedElsewhere(renewal, stored, error);
      }
    });
    context.log.debug('credential renewed', { credential: fresh.accessToken.fingerprint() });
    return fresh;
  });
}

/** How long another process may take to store the new tokens after it used the same refresh token, ms. */
const STORE_DELAY_MS = 500;

/**
 * The server may refuse a refresh token because a process with another lock used it first, e.g. on another machine or in a
 * container that shares the store. Then the credential that process stored counts.
 *
 * @throws `error` if the store holds no newer credential.
 */
async function usedElsewhere(
  { context, store, id }: Renewal,
  spent: OidcCredential,
  error: unknown,
): Promise<OidcCredential> {
  if (!(error instanceof CodemieError) || error.code !== 'AUTH_REVOKED') throw error;
  for (const wait of [0, STORE_DELAY_MS]) {
    await context.clock.sleep(wait, context.signal);
    const stored = await store.get(id);
    if (stored?.kind === 'oidc' && !stored.accessToken.equals(spent.accessToken)) return stored;
  }
  throw error;
}

/** Refresh tokens that the server refused for good, so that they are not sent again (S30). */
const refusedTokens = new Map<string, CodemieError>();

/** Records the renewal in the audit log, whether it succeeds or fails. */
async function audited(
  context: Context,
  { origin, identity }: OidcCredential,
  renew: () => Promise<OidcCredential>,
): Promise<OidcCredential> {
  const about = { event: 'refresh', origin, person: identity.id } as const;
  try {
    const fresh = await renew();
    await record(context, { ...about, credential: fresh.accessToken.fingerprint(), outcome: 'ok' });
    return fresh;
  } catch (error) {
    await record(context, { ...about, outcome: error instanceof CodemieError ? error.code : 'failed' });
    throw error;
  }
}

/** @throws AUTH_NOT_RENEWABLE (4), or the server's earlier error for this token (4). */
function usableRefreshToken({ refreshToken }: OidcCredential): Secret {
  if (refreshToken === undefined) throw notRenewable();
  const known = refusedTokens.get(refreshToken.fingerprint());
  if (known !== undefined) throw known;
  return refreshToken;
}

async function grant(
  context: Context,
  credential: OidcCredential,
  refreshToken: Secret,
): Promise<OidcCredential> {
  const endpoint = new URL(credential.tokenEndpoint);
  requireSecure(endpoint);
  const response = await context.http({
    url: endpoint.href,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken.reveal(),
      client_id: credential.clientId,
    }).toString(),
    signal: context.signal,
  });
  if (response.status !== 200) {
    const error = refused(response, endpoint);
    if (error.code === 'AUTH_REVOKED') refusedTokens.set(refreshToken.fingerprint(), error);
    throw error;
  }
  if (isForeign(response)) throw notTheProvider(endpoint, response);
  const tokens = tokenSet(response);
  requireSameIdentity(tokens, credential);
  const now = context.clock.now();
  return {
    ...credential,
    obtainedAt: now,
    accessToken: tokens.accessToken,
    expiresAt: now + tokens.lifeMs,
    // RFC 6749 §6: if the response has no refresh token, the old one stays valid.
    refreshToken: tokens.refreshToken ?? refreshToken,
    ...(tokens.idToken === undefined ? {} : { idToken: tokens.idToken }),
  };
}

function refused(response: HttpResponse, endpoint: URL): CodemieError {
  const error = errorCode(response);
  if (error === 'invalid_grant') {
    return new CodemieError({
      code: 'AUTH_REVOKED',
      message: 'Your session has expired. Sign in again.',
      fix: SIGN_IN,
    });
  }
  if (response.status >= 500 || response.status === 429) {
    return unreachable(
      endpoint,
      `answered HTTP ${response.status} when asked to refresh your sign-in`,
      String(response.status),
    );
  }
  if (error === undefined && isForeign(response)) throw notTheProvider(endpoint, response);
  return new CodemieError({
    code: 'AUTH_RENEWAL_FAILED',
    message: `Couldn't refresh your sign-in: the identity provider answered ${error ?? `HTTP ${response.status}`}. You're still signed in.`,
    fix: 'codemie doctor',
  });
}

/** A token endpoint answers with JSON, and never redirects (RFC 6749 §5). */
function isForeign(response: HttpResponse): boolean {
  const { status, body } = response;
  if ((status >= 300 && status < 400) || status === 404) return true;
  return isHtml(response) || /^\s*</.test(body.toString('utf8', 0, 64));
}

function notTheProvider(endpoint: URL, { status, headers }: HttpResponse): CodemieError {
  const to =
    headers['location'] !== undefined && URL.canParse(headers['location'], endpoint.href)
      ? ` to ${new URL(headers['location'], endpoint.href).host}`
      : '';
  const seen = status >= 300 && status < 400 ? `a redirect${to}` : status === 404 ? 'HTTP 404' : 'a web page';
  return new CodemieError({
    code: 'NOT_A_PLATFORM',
    message: `${endpoint.origin} answered with ${seen} when asked to refresh your sign-in. It isn't your identity provider now. You're still signed in.`,
    hint: 'The sign-in page of a network or a VPN may answer in its place. Open any web page in your browser, sign in to the network, and try again.',
  });
}

/** RFC 6749 §5.2: `error` is a short ASCII word. Anything else is not shown. */
function errorCode(response: HttpResponse): string | undefined {
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8')).error;
    return typeof value === 'string' && /^[a-z_]{1,60}$/.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Refuses a renewal that returns tokens of another person, issuer, client or sign-in (S31; OpenID Connect Core §12.2). */
function requireSameIdentity(tokens: TokenSet, credential: OidcCredential): void {
  const { id } = credential.identity;
  const access = factsOf(tokens.accessToken.reveal());
  if (id !== undefined && access?.identity.id !== undefined && access.identity.id !== id)
    throw identityChanged('another person');
  const fresh = factsOf(tokens.idToken?.reveal());
  if (fresh === undefined) return;
  const { clientId, issuer } = credential;
  if (fresh.identity.id === undefined || (id !== undefined && fresh.identity.id !== id))
    throw identityChanged('another person');
  if (fresh.issuer !== issuer) throw identityChanged('another issuer');
  if (!fresh.audiences.includes(clientId) || (fresh.party ?? clientId) !== clientId)
    throw identityChanged('another client');
  const nonce = factsOf(credential.idToken?.reveal())?.nonce;
  if (fresh.nonce !== undefined && nonce !== undefined && fresh.nonce !== nonce)
    throw identityChanged('another sign-in');
}

function identityChanged(whose: string): CodemieError {
  return new CodemieError({
    code: 'AUTH_IDENTITY_CHANGED',
    message: `The refreshed session belongs to ${whose}, so it was not used.`,
    fix: SIGN_IN,
  });
}

function factsOf(token: string | undefined): ReturnType<typeof inspectJwt> | undefined {
  if (token === undefined || token.split('.').length !== 3) return undefined;
  try {
    return inspectJwt(token);
  } catch {
    return undefined;
  }
}
