import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import type { HttpResponse } from '../net/http.ts';
import { CodemieError } from '../system/errors.ts';
import { type AuthOutcome, authOutcomeOfWhole } from './auth-outcome.ts';
import { endpointOf, joinPath } from './endpoint.ts';

/**
 * What to try once more with after the platform refused a credential (S33). A plain 403 is settled first: with a sign-in
 * that still holds it is a real refusal, and otherwise one more face of its end. A gateway session is settled by the gateway
 * itself (`GET /oauth2/auth`), a token by `GET /v1/user`.
 *
 * @returns undefined when the answer stands.
 * @throws AUTH_REVOKED and the other errors of a renewal.
 */
export async function renewAfterRefusal(
  context: Context,
  access: Access,
  refused: Credential,
  face: AuthOutcome,
): Promise<Credential | undefined> {
  if (!access.refreshable) return undefined;
  if (face === 'not-signed-in') return access.renew(refused);
  // A provider of models with a key has no user to ask for.
  if (face !== 'denied' || access.selection.keyProvider !== undefined) return undefined;
  if (refused.kind === 'session') return sessionAfter(access, refused);
  const answer = await askWho(context, access, refused);
  return authOutcomeOfWhole(answer) === 'not-signed-in' ? access.renew(refused) : undefined;
}

/**
 * Asks the platform's gateway about a session, which renews it by the way.
 *
 * @returns undefined when it still counts as it is.
 * @throws AUTH_REVOKED (4).
 */
export function sessionAfter(access: Access, refused: Credential): Promise<Credential | undefined> {
  return access.renew(refused).catch((error: unknown) => {
    if (error instanceof CodemieError && error.code !== 'AUTH_REVOKED') return undefined;
    throw error;
  });
}

/** Asks whether a credential counts: `GET /v1/user`, or a key provider's list of models. @throws UNREACHABLE (5). */
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
