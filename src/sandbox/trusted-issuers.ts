import { createRemoteJWKSet, customFetch, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { Fetch } from '../net/fetch.ts';

/** An identity provider whose tokens a platform accepts, as JWKS_TRUSTED_ISSUERS of its server describes it. */
export interface TrustedIssuer {
  /** The exact `iss` of its tokens. */
  readonly issuer: string;
  readonly audience: string;
  /** Address of its keys, or of the document that names that address. */
  readonly keys: { readonly jwksUri: string } | { readonly discoveryUrl: string };
  readonly requiredClaims: readonly string[];
}

export interface TrustOptions {
  readonly issuers: readonly TrustedIssuer[];
  /** Seconds. */
  readonly leeway: number;
  readonly fetch: Fetch;
  readonly now: () => number;
}

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * @returns a function that gives the claims of a token whose signature, issuer, audience, dates and claims are right.
 *   It rejects for every other token, and when the keys cannot be had. No request is made for an unknown issuer.
 */
export function createVerifier({
  issuers,
  leeway,
  fetch,
  now,
}: TrustOptions): (token: string) => Promise<JWTPayload> {
  const known = new Map<string, Promise<Keys>>();
  const keysOf = (trusted: TrustedIssuer): Promise<Keys> => {
    const keys = known.get(trusted.issuer) ?? remoteKeys(trusted, fetch);
    known.set(trusted.issuer, keys);
    // A provider that did not answer is asked again.
    keys.catch(() => known.delete(trusted.issuer));
    return keys;
  };
  return async (token) => {
    const named = decodeJwt(token).iss;
    const trusted = issuers.find(({ issuer }) => issuer === named);
    if (trusted === undefined) throw new Error('the issuer is not trusted');
    const { payload } = await jwtVerify(token, await keysOf(trusted), {
      issuer: trusted.issuer,
      audience: trusted.audience,
      algorithms: ['RS256'],
      requiredClaims: [...new Set([...trusted.requiredClaims, 'exp', 'sub'])],
      clockTolerance: leeway,
      currentDate: new Date(now()),
    });
    return payload;
  };
}

async function remoteKeys({ keys }: TrustedIssuer, fetch: Fetch): Promise<Keys> {
  const address = 'jwksUri' in keys ? keys.jwksUri : await jwksUriAt(keys.discoveryUrl, fetch);
  return createRemoteJWKSet(new URL(address), { timeoutDuration: 3000, [customFetch]: fetch });
}

async function jwksUriAt(discoveryUrl: string, fetch: Fetch): Promise<string> {
  const answer = await fetch(discoveryUrl, { signal: AbortSignal.timeout(3000) });
  return String(((await answer.json()) as { readonly jwks_uri?: unknown }).jwks_uri);
}
