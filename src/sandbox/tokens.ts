import { randomUUID } from 'node:crypto';
import { errors, exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { claimsOf, type SandboxUser } from './people-and-models.ts';

const ALG = 'RS256';

/** The signing key and what is done with it outside the provider: verifying for the API, minting for tests. */
export interface Tokens {
  readonly privateJwk: JWK;
  /** The key that checks tokens of local accounts, as the platform publishes it: without a `kid`. */
  readonly publicJwk: JWK;
  /** Remembers a token's id, so that `expire-access` can strike all issued so far. */
  issued(jti: string): void;
  expireAll(): void;
  /** @param request `subject`: another `sub` than the person's id. */
  mint(request: TokenRequest): Promise<string>;
  /** @returns the person the token names, or why it is refused. */
  verify(token: string, audience?: string): Promise<{ readonly sub: string } | { readonly reason: string }>;
  /** Signs claims again, for the clock fault. */
  sign(claims: Record<string, unknown>, typ: string | undefined): Promise<string>;
}

export interface TokenRequest {
  readonly user: SandboxUser;
  readonly ttlSeconds: number;
  readonly audience?: string | undefined;
  readonly subject?: string | undefined;
}

export interface TokensOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Tokens are those of the platform's own accounts: another issuer, no audience, no key id, fewer claims. */
  readonly local: boolean;
  /** Milliseconds; the server's own idea of now. */
  readonly now: () => number;
}

/** The issuer of tokens of local accounts. */
const LOCAL_ISSUER = 'codemie-local';

export async function createTokens(options: TokensOptions): Promise<Tokens> {
  const { local } = options;
  const { privateKey, publicKey } = await generateKeyPair(ALG, { extractable: true });
  const kid = randomUUID();
  const privateJwk = { ...(await exportJWK(privateKey)), kid, alg: ALG, use: 'sig' };
  const { kty, n, e } = await exportJWK(publicKey);
  const live = new Set<string>();
  const struck = new Set<string>();
  const sign = (claims: Record<string, unknown>, typ = 'at+jwt'): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: ALG, kid, typ }).sign(privateKey);
  const signLocal = (claims: Record<string, unknown>): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: ALG, typ: 'JWT' }).sign(privateKey);
  return {
    privateJwk,
    publicJwk: { kty, use: 'sig', alg: ALG, n, e } as JWK,
    sign,
    issued: (jti) => void live.add(jti),
    expireAll: () => {
      for (const id of live) struck.add(id);
      live.clear();
    },
    mint: async ({ user, ttlSeconds, audience, subject }) => {
      const iat = Math.floor(options.now() / 1000);
      const common = { sub: subject ?? user.id, iat, exp: iat + ttlSeconds };
      if (local) {
        const own = { email: user.email, auth_source: 'local', iss: LOCAL_ISSUER };
        const token = await signLocal({ ...common, ...own });
        live.add(token);
        return token;
      }
      const jti = randomUUID();
      live.add(jti);
      const aud = audience ?? options.audience;
      return sign({ ...common, iss: options.issuer, aud, jti, ...claimsOf(user) });
    },
    verify: async (token, audience = options.audience) => {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          ...(local ? {} : { audience }),
          issuer: local ? LOCAL_ISSUER : options.issuer,
          algorithms: [ALG],
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(options.now()),
        });
        if (struck.has(payload.jti ?? token)) return { reason: EXPIRED };
        return { sub: payload.sub ?? '' };
      } catch (error) {
        return { reason: reasonOf(error, token) };
      }
    },
  };
}

const EXPIRED = 'JWT has expired';

/** Why a token does not count, in the words of a platform with accounts of its own. */
function reasonOf(error: unknown, token: string): string {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') return 'Invalid JWT issuer';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'Invalid JWT: Signature verification failed';
  if (token.split('.').length < 3) return 'Invalid JWT: Not enough segments';
  return `Invalid JWT: ${error instanceof Error ? error.message : 'unreadable'}`;
}
