import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { LOCAL_ISSUER } from '../credentials/errors.ts';
import { namingSource } from '../credentials/find/overriding.ts';
import { inspectJwt } from '../credentials/jwt.ts';
import { jsonObject } from '../net/client.ts';
import { requireSecure } from '../net/origin.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import { within } from '../system/within.ts';
import { identityProviderOf } from './discover/identity-provider.ts';
import { type ApiTarget, endpointOf } from './endpoint.ts';

export type Signature =
  | { readonly state: 'verified'; readonly issuer: string }
  | { readonly state: 'not-verified'; readonly reason: string };

/** The algorithms that identity providers use; never `none` or a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const TIMEOUT_MS = 3000;

/**
 * Verifies a bearer token's signature with the keys of its issuer, if the platform names that issuer. Never follows the
 * token's own `iss` claim to another host. A token that cannot be verified is reported as such, not refused: the platform
 * has the final say.
 *
 * @throws AUTH_SIGNATURE (4) if none of the issuer's keys signed the token.
 */
export async function verifySignature(
  context: Context,
  place: ApiTarget | Access,
  token: Secret,
): Promise<Signature> {
  try {
    return await within(TIMEOUT_MS, context.signal, (signal) =>
      check({ ...context, signal }, place, token.reveal()),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CodemieError && error.code === 'AUTH_SIGNATURE')
      throw 'source' in place ? namingSource(error, place) : error;
    context.log.debug('signature not verified', { reason: messageOf(error) });
    return { state: 'not-verified', reason: "couldn't read the issuer's keys" };
  }
}

/** The path where a platform publishes the signing key for its own accounts. */
const LOCAL_KEYS = '/v1/local-auth/.well-known/jwks.json';

async function check(context: Context, place: ApiTarget, token: string): Promise<Signature> {
  const document = async (url: string, what: string): Promise<Record<string, unknown>> => {
    requireSecure(new URL(url));
    return jsonObject(
      await context.http({ url, headers: { accept: 'application/json' }, signal: context.signal }),
      what,
    );
  };
  if (inspectJwt(token).issuer === LOCAL_ISSUER) {
    const keys = await document(`${endpointOf(place)}${LOCAL_KEYS}`, 'The platform');
    if (!Array.isArray(keys['keys']))
      return { state: 'not-verified', reason: "the server doesn't publish keys" };
    return verified(token, LOCAL_ISSUER, keys, undefined);
  }
  const provider = await identityProviderOf(context, place.origin, endpointOf(place));
  if (provider === undefined)
    return { state: 'not-verified', reason: "the server doesn't name an identity provider" };
  const { issuer, resource } = provider;
  if (inspectJwt(token).issuer !== issuer)
    return { state: 'not-verified', reason: 'its issuer is not the one the server names' };
  const metadata = await document(
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    'The issuer',
  );
  const jwks = await document(String(metadata['jwks_uri']), 'The issuer');
  return verified(token, issuer, jwks, resource);
}

async function verified(
  token: string,
  issuer: string,
  jwks: Record<string, unknown>,
  resource: string | undefined,
): Promise<Signature> {
  const { createLocalJWKSet, errors, jwtVerify } = await import('jose');
  try {
    // The token's times were already checked against the platform's clock. Only the signature counts here.
    const currentDate = new Date((inspectJwt(token).issuedAt ?? 0) + 1000);
    await jwtVerify(token, createLocalJWKSet(jwks as never), {
      issuer,
      algorithms: ALGORITHMS,
      currentDate,
      clockTolerance: '100y',
    });
    const { audiences } = inspectJwt(token);
    // Not every platform checks the audience, so a mismatch is not an error.
    if (resource !== undefined && audiences.length > 0 && !audiences.includes(resource))
      return { state: 'not-verified', reason: 'its audience is not the one the server names' };
    return { state: 'verified', issuer };
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed)
      throw forged(issuer);
    if (error instanceof errors.JOSEAlgNotAllowed) throw forged(issuer);
    throw error;
  }
}

function forged(issuer: string): CodemieError {
  return new CodemieError({
    code: 'AUTH_SIGNATURE',
    message: `The token claims to be from ${issuer}, but its signature doesn't match.`,
    hint: 'Get a new token from your identity provider. This one was changed, or its key was retired.',
  });
}
