import { keptApiBase } from '../../config/api-base.ts';
import type { Context } from '../../context.ts';
import { requireSecure } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';
import { authorizationHeaders, type Credential, type SessionCredential } from '../credential.ts';

export type Revoked = 'yes' | 'no' | 'unsupported';

const LIMIT_MS = 5000;

/**
 * Tells the server that a credential has ended (RFC 7009): refresh token first, then access token, five seconds in all.
 *
 * @returns `unsupported` for kinds or servers that cannot revoke, `no` when the server could not be told. Never throws.
 */
export async function revoke(credential: Credential, context: Context): Promise<Revoked> {
  if (credential.kind === 'session') return logOut(credential, context);
  if (credential.kind !== 'oidc' || credential.revocationEndpoint === undefined) return 'unsupported';
  const { revocationEndpoint: url, clientId, refreshToken, accessToken } = credential;
  const signal = AbortSignal.any([AbortSignal.timeout(LIMIT_MS), context.signal]);
  const tell = async (token: string, hint: string): Promise<boolean> => {
    const response = await context.http({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ token, token_type_hint: hint, client_id: clientId }).toString(),
      timeoutMs: LIMIT_MS,
      signal,
    });
    return response.status === 200;
  };
  try {
    requireSecure(new URL(url));
    const ended = refreshToken === undefined || (await tell(refreshToken.reveal(), 'refresh_token'));
    // A server may not be able to revoke a self-contained access token (RFC 7009 §2); the refresh token is what counts.
    const access = await tell(accessToken.reveal(), 'access_token').catch(() => false);
    return (refreshToken === undefined ? access : ended) ? 'yes' : 'no';
  } catch (error) {
    context.log.debug('revocation failed', { reason: messageOf(error) });
    return 'no';
  }
}

/**
 * `GET /v1/user/log_out`, as the platform's own page calls it. It ends the browser's session where it can; a copy of the
 * cookies stays good until the gateway forgets them, so this is no revocation and is not called one.
 */
async function logOut(credential: SessionCredential, context: Context): Promise<Revoked> {
  try {
    await context.http({
      url: `${keptApiBase(credential.origin, credential.apiBase)}/v1/user/log_out`,
      headers: { accept: 'application/json', ...authorizationHeaders(credential) },
      timeoutMs: LIMIT_MS,
      signal: AbortSignal.any([AbortSignal.timeout(LIMIT_MS), context.signal]),
    });
  } catch (error) {
    context.log.debug('the platform could not be told', { reason: messageOf(error) });
  }
  return 'unsupported';
}
