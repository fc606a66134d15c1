import { keptApiBase } from '../../config/api-base.ts';
import type { Context } from '../../context.ts';
import { requireSecure } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';
import { within } from '../../system/within.ts';
import { authorizationHeaders, type Credential, type SessionCredential } from '../credential.ts';

export type Revoked = 'yes' | 'no' | 'unsupported';

const TIMEOUT_MS = 5000;

/**
 * Revokes a credential at the server (RFC 7009): first the refresh token, then the access token, within five seconds in all.
 *
 * @returns `unsupported` for kinds or servers that cannot revoke, `no` if the request failed. Never throws.
 */
export async function revoke(credential: Credential, context: Context): Promise<Revoked> {
  if (credential.kind === 'session') return logOut(credential, context);
  if (credential.kind !== 'oidc' || credential.revocationEndpoint === undefined) return 'unsupported';
  const { revocationEndpoint: url, clientId, refreshToken, accessToken } = credential;
  const tell = async (token: string, hint: string, signal: AbortSignal): Promise<boolean> => {
    const response = await context.http({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ token, token_type_hint: hint, client_id: clientId }).toString(),
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return response.status === 200;
  };
  try {
    requireSecure(new URL(url));
    return await within(TIMEOUT_MS, context.signal, async (signal) => {
      const ended =
        refreshToken === undefined || (await tell(refreshToken.reveal(), 'refresh_token', signal));
      // A server may be unable to revoke a self-contained access token (RFC 7009 §2), so only the refresh token counts.
      const access = await tell(accessToken.reveal(), 'access_token', signal).catch(() => false);
      return (refreshToken === undefined ? access : ended) ? 'yes' : 'no';
    });
  } catch (error) {
    context.log.debug('revocation failed', { reason: messageOf(error) });
    return 'no';
  }
}

/**
 * Calls `GET /v1/user/log_out`, like the platform's own web page. This ends the browser's session if it can. A copy of the
 * cookies stays valid until the gateway drops them, so this does not count as a revocation.
 */
async function logOut(credential: SessionCredential, context: Context): Promise<Revoked> {
  try {
    await context.http({
      url: `${keptApiBase(credential.origin, credential.apiBase)}/v1/user/log_out`,
      headers: { accept: 'application/json', ...authorizationHeaders(credential) },
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    });
  } catch (error) {
    context.log.debug('log-out request failed', { reason: messageOf(error) });
  }
  return 'unsupported';
}
