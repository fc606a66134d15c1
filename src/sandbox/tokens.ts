import { randomUUID } from 'node:crypto';
import { errors, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { claimsOf, type SandboxUser } from './people-and-models.ts';

const ALG = 'RS256';

/** The signing key and its uses outside the provider: verification for the API, and minting for tests. */
export interface Tokens {
  readonly privateJwk: JWK;
  /** The key that verifies tokens of local accounts, as the platform publishes it: without a `kid`. */
  readonly publicJwk: JWK;
  /** Remembers a token's ID, so that `expire-access` can expire every token issued so far. */
  issued(jti: string): void;
  expireAll(): void;
  /** @param request `subject` sets a `sub` other than the user's ID. */
  mint(request: TokenRequest): Promise<string>;
  /** @returns the claims of the token, or why the token is refused. */
  verify(token: string, audience?: string): Promise<Verified>;
  /** Re-signs claims, for the clock fault. */
  sign(claims: Record<string, unknown>, typ: string | undefined): Promise<string>;
}

export type Verified = { readonly claims: JWTPayload } | { readonly reason: string };

export interface TokenRequest {
  /** Someone of the sandbox's table, or, for a token of a local account, anyone. */
  readonly user: SandboxUser | Pick<SandboxUser, 'id' | 'email'>;
  readonly ttlSeconds: number;
  readonly audience?: string | undefined;
  readonly subject?: string | undefined;
}

export interface TokensOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Whether tokens are for local accounts: another issuer, no audience, no key ID, fewer claims. */
  readonly local: boolean;
  /** The server's own time, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** The issuer of local accounts' tokens. */
const LOCAL_ISSUER = 'codemie-local';

export async function createTokens(options: TokensOptions): Promise<Tokens> {
  const { local } = options;
  const { privateKey, publicKey } = await generateKeyPair(ALG, { extractable: true });
  const kid = randomUUID();
  const privateJwk = { ...(await exportJWK(privateKey)), kid, alg: ALG, use: 'sig' };
  const { kty, n, e } = await exportJWK(publicKey);
  const live = new Set<string>();
  const expired = new Set<string>();
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
      for (const id of live) expired.add(id);
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
      return sign({ ...common, iss: options.issuer, aud, jti, ...('roles' in user ? claimsOf(user) : {}) });
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
        if (expired.has(payload.jti ?? token)) return { reason: EXPIRED };
        return { claims: payload };
      } catch (error) {
        return { reason: reasonOf(error, token) };
      }
    },
  };
}

const EXPIRED = 'JWT has expired';

/** Why a token is invalid, in the words of a platform with local accounts. */
function reasonOf(error: unknown, token: string): string {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') return 'Invalid JWT issuer';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'Invalid JWT: Signature verification failed';
  if (token.split('.').length < 3) return 'Invalid JWT: Not enough segments';
  return `Invalid JWT: ${error instanceof Error ? error.message : 'unreadable'}`;
}
