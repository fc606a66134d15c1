import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import { CodemieError } from '../system/errors.ts';
import { endpointOf } from './address.ts';
import { type Face, faceOfWhole } from './faces.ts';

/**
 * What to try once more with after the platform refused a credential (S33). A plain 403 is settled first: with a sign-in
 * that still holds it is a real refusal, and otherwise one more face of its end. A gateway session is settled by the gateway
 * itself (`GET /oauth2/auth`), a token by `GET /v1/user`.
 *
 * @returns undefined when the answer stands.
 * @throws AUTH_REVOKED and the other errors of a renewal.
 */
export async function successorOf(
  context: Context,
  access: Access,
  refused: Credential,
  face: Face,
): Promise<Credential | undefined> {
  if (!access.refreshable) return undefined;
  if (face === 'not-signed-in') return access.renew(refused);
  // A provider of models with a key has no user to ask for.
  if (face !== 'denied' || access.selection.keyProvider !== undefined) return undefined;
  if (refused.kind !== 'session') {
    return (await isSignedIn(context, access, refused)) ? undefined : access.renew(refused);
  }
  return access.renew(refused).catch((error: unknown) => {
    if (error instanceof CodemieError && error.code !== 'AUTH_REVOKED') return undefined;
    throw error;
  });
}

async function isSignedIn(context: Context, access: Access, credential: Credential): Promise<boolean> {
  const response = await context.http({
    url: `${endpointOf(access)}/v1/user`,
    headers: { accept: 'application/json', ...authorizationHeaders(credential) },
    maxBytes: 8 * 1_048_576,
    signal: context.signal,
  });
  return faceOfWhole(response) !== 'not-signed-in';
}
