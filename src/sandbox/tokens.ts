import { randomUUID } from 'node:crypto';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { claimsOf, findUser, type SandboxUser } from './world.ts';

const ALG = 'RS256';

/** The provider's signing key and what is done with it outside the provider: verifying for the API, minting for tests. */
export interface Tokens {
  readonly privateJwk: JWK;
  /** Remembers a token's id, so that `expire-access` can strike all issued so far. */
  issued(jti: string): void;
  expireAll(): void;
  mint(request: { user: SandboxUser; ttlSeconds: number; audience?: string | undefined }): Promise<string>;
  /** @returns who the token stands for, or why it does not count. */
  verify(
    token: string,
    audience?: string,
  ): Promise<{ readonly user: SandboxUser } | { readonly reason: string }>;
  /** Signs claims again, for the clock fault. */
  sign(claims: Record<string, unknown>, typ: string | undefined): Promise<string>;
}

export interface TokensOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Milliseconds; the server's own idea of now. */
  readonly now: () => number;
}

export async function createTokens(options: TokensOptions): Promise<Tokens> {
  const { privateKey, publicKey } = await generateKeyPair(ALG, { extractable: true });
  const kid = randomUUID();
  const named = { kid, alg: ALG, use: 'sig' };
  const privateJwk = { ...(await exportJWK(privateKey)), ...named };
  const keys: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), ...named }] };
  const resolve = createLocalJWKSet(keys);
  const live = new Set<string>();
  const struck = new Set<string>();
  const sign = (claims: Record<string, unknown>, typ = 'at+jwt'): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: ALG, kid, typ }).sign(privateKey);
  return {
    privateJwk,
    sign,
    issued: (jti) => void live.add(jti),
    expireAll: () => {
      for (const jti of live) struck.add(jti);
      live.clear();
    },
    mint: async ({ user, ttlSeconds, audience }) => {
      const iat = Math.floor(options.now() / 1000);
      const jti = randomUUID();
      live.add(jti);
      return sign({
        iss: options.issuer,
        aud: audience ?? options.audience,
        sub: user.username,
        jti,
        iat,
        exp: iat + ttlSeconds,
        ...claimsOf(user),
      });
    },
    verify: async (token, audience = options.audience) => {
      try {
        const { payload } = await jwtVerify(token, resolve, {
          issuer: options.issuer,
          audience,
          algorithms: [ALG],
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(options.now()),
        });
        if (payload.jti !== undefined && struck.has(payload.jti)) return { reason: 'token expired' };
        const user = findUser(payload.sub);
        return user === undefined ? { reason: 'unknown subject' } : { user };
      } catch (error) {
        return { reason: error instanceof Error ? error.message : 'invalid token' };
      }
    },
  };
}
