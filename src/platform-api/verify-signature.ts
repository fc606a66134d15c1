import type { Context } from '../context.ts';
import { LOCAL_ISSUER } from '../credentials/errors.ts';
import { inspectJwt } from '../credentials/jwt.ts';
import { jsonObject } from '../net/client.ts';
import { requireSecure } from '../net/origin.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import { identityProviderOf } from './discover/identity-provider.ts';
import { type ApiTarget, endpointOf } from './endpoint.ts';

export type Signature =
  | { readonly state: 'verified'; readonly issuer: string }
  | { readonly state: 'not-verified'; readonly reason: string };

/** As many algorithms as identity providers use; never `none`, never a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const LIMIT_MS = 3000;

/**
 * Verifies a bearer token's signature against the keys its issuer publishes, where the platform names that issuer. The
 * token's own word on its issuer is never followed to another host. What cannot be checked is labelled, not refused: the
 * platform decides in the end.
 *
 * @throws AUTH_SIGNATURE (4) for a token that the issuer's keys did not sign.
 */
export async function verifySignature(context: Context, place: ApiTarget, token: Secret): Promise<Signature> {
  const limited: Context = {
    ...context,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]),
  };
  try {
    return await check(limited, place, token.reveal());
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof CodemieError && error.code === 'AUTH_SIGNATURE') throw error;
    context.log.debug('signature not verified', { reason: messageOf(error) });
    return { state: 'not-verified', reason: 'the keys of its issuer could not be read' };
  }
}

/** Where a platform publishes the key of its own accounts. */
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
      return { state: 'not-verified', reason: 'the platform publishes no keys' };
    return verified(token, LOCAL_ISSUER, keys, undefined);
  }
  const provider = await identityProviderOf(context, place.origin, endpointOf(place));
  if (provider === undefined)
    return { state: 'not-verified', reason: 'the platform names no identity provider' };
  const { issuer, resource } = provider;
  if (inspectJwt(token).issuer !== issuer)
    return { state: 'not-verified', reason: 'it is from another issuer than the platform names' };
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
    // Its times were judged before, with the platform's clock in mind; here only who signed it counts.
    const currentDate = new Date((inspectJwt(token).issuedAt ?? 0) + 1000);
    await jwtVerify(token, createLocalJWKSet(jwks as never), {
      issuer,
      algorithms: ALGORITHMS,
      currentDate,
      clockTolerance: '100y',
    });
    const { audiences } = inspectJwt(token);
    // Platforms differ in whether they insist: theirs is the last word.
    if (resource !== undefined && audiences.length > 0 && !audiences.includes(resource))
      return { state: 'not-verified', reason: 'it is made for another audience than the platform names' };
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
    message: `The token says it is from ${issuer}, but none of the keys published there signed it.`,
    hint: 'Get a new token from your identity provider; this one was changed, or its key was retired.',
  });
}
