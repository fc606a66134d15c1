import type { TrustedIssuer } from './trusted-issuers.ts';

const DEFAULT_CLAIMS = ['iss', 'sub', 'email', 'groups', 'aud', 'exp', 'iat'];

/**
 * Reads the JSON of JWKS_TRUSTED_ISSUERS.
 *
 * @throws TypeError with what is wrong, as the end of a sentence.
 */
export function parseTrustedIssuers(json: string): readonly TrustedIssuer[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    throw new TypeError('is not valid JSON');
  }
  if (!Array.isArray(list) || list.length === 0)
    throw new TypeError('is not a list with at least one issuer');
  const issuers = list.map(issuerFrom);
  const names = issuers.map(({ issuer }) => issuer);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TypeError(`names ${twice} twice`);
  return issuers;
}

function issuerFrom(entry: unknown, at: number): TrustedIssuer {
  const { issuer, audience, jwks_uri, discovery_url, required_claims } = (entry ?? {}) as Record<
    string,
    unknown
  >;
  const wrong = (what: string): never => {
    throw new TypeError(`has an entry (number ${at + 1}) ${what}`);
  };
  if (typeof issuer !== 'string' || typeof audience !== 'string') return wrong('without issuer or audience');
  const address = jwks_uri ?? discovery_url;
  if ((jwks_uri === undefined) === (discovery_url === undefined) || typeof address !== 'string')
    return wrong('that does not have exactly one of jwks_uri and discovery_url');
  if (!/^https?:/.test(address) || !URL.canParse(address)) return wrong('whose address is not a URL');
  const claims = required_claims ?? DEFAULT_CLAIMS;
  if (!Array.isArray(claims) || claims.some((claim) => typeof claim !== 'string'))
    return wrong('whose required_claims is not a list of names');
  const keys = jwks_uri === undefined ? { discoveryUrl: address } : { jwksUri: address };
  return { issuer, audience, keys, requiredClaims: claims as readonly string[] };
}
