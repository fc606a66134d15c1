import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import type { HttpResponse } from '../net/http.ts';
import { CodemieError } from '../system/errors.ts';
import { type AuthOutcome, authOutcomeOfWhole } from './auth-outcome.ts';
import { endpointOf, joinPath } from './endpoint.ts';

/**
 * Finds the credential to retry with after the platform refused one (S33). After a plain 403, it first checks whether the
 * sign-in is still valid: if so, the refusal is real; if not, the sign-in has expired. For a gateway session it asks the
 * gateway (`GET /oauth2/auth`), for a token `GET /v1/user`.
 *
 * @returns undefined if a retry does not help.
 * @throws AUTH_REVOKED and the other errors of a renewal.
 */
export async function renewAfterRefusal(
  context: Context,
  access: Access,
  refused: Credential,
  outcome: AuthOutcome,
): Promise<Credential | undefined> {
  if (!access.refreshable) return undefined;
  if (outcome === 'not-signed-in') return access.renew(refused);
  // A key provider has no users to ask for.
  if (outcome !== 'denied' || access.selection.keyProvider !== undefined) return undefined;
  if (refused.kind === 'session') return sessionAfter(access, refused);
  const answer = await askWho(context, access, refused);
  return authOutcomeOfWhole(answer) === 'not-signed-in' ? access.renew(refused) : undefined;
}

/**
 * Asks the platform's gateway about a session, which may also renew it.
 *
 * @returns the renewed session, or undefined if the current one is still valid.
 * @throws AUTH_REVOKED (4).
 */
export function sessionAfter(access: Access, refused: Credential): Promise<Credential | undefined> {
  return access.renew(refused).catch((error: unknown) => {
    if (error instanceof CodemieError && error.code !== 'AUTH_REVOKED') return undefined;
    throw error;
  });
}

/** Tests a credential with `GET /v1/user`, or with a key provider's list of models. @throws UNREACHABLE (5). */
export function askWho(context: Context, access: Access, credential: Credential): Promise<HttpResponse> {
  const { keyProvider } = access.selection;
  const base = endpointOf(access);
  return context.http({
    url: keyProvider === undefined ? `${base}/v1/user` : joinPath(base, '/v1/models'),
    headers: {
      accept: 'application/json',
      ...authorizationHeaders(credential),
      ...(keyProvider?.keyHeader === 'x-api-key' ? { 'anthropic-version': '2023-06-01' } : {}),
    },
    maxBytes: 8 * 1_048_576,
    signal: context.signal,
  });
}
