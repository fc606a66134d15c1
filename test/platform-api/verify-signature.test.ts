import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/net/http.ts';
import { verifySignature } from '../../src/platform-api/verify-signature.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';

const ORIGIN = 'https://platform.example';
const PLACE = { origin: ORIGIN, selection: { apiBase: undefined } };
const ISSUER = 'https://idp.example/realm';
const RESOURCE = `${ORIGIN}/code-assistant-api`;
type Key = Awaited<ReturnType<typeof generateKeyPair>>;
let own: Key;
let stranger: Key;
let ec: Key;
beforeAll(async () => {
  own = await generateKeyPair('RS256', { extractable: true });
  stranger = await generateKeyPair('RS256', { extractable: true });
  ec = await generateKeyPair('ES256', { extractable: true });
});

const now = Math.floor(Date.now() / 1000);
const claims = { iss: ISSUER, sub: 'ada', aud: RESOURCE, iat: now, exp: now + 600 };
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function signed(
  key: Key,
  extra: Record<string, unknown> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT({ ...claims, ...extra })
    .setProtectedHeader({ alg: 'RS256', kid: 'k', ...header })
    .sign(key.privateKey);
}

/** A platform and its identity provider. `asked` records every requested address. */
async function world(pages: Record<string, unknown> = {}) {
  const asked: string[] = [];
  const jwk = async (key: Key, kid: string, alg: string) => ({
    ...(await exportJWK(key.publicKey)),
    kid,
    alg,
    use: 'sig',
  });
  const usual: Record<string, unknown> = {
    [`${RESOURCE}/v1/info`]: { version: '2.42.0' },
    [`${ORIGIN}/.well-known/oauth-protected-resource`]: {
      resource: RESOURCE,
      authorization_servers: [ISSUER],
    },
    [`${ISSUER}/.well-known/openid-configuration`]: { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` },
    [`${ISSUER}/keys`]: { keys: [await jwk(own, 'k', 'RS256'), await jwk(ec, 'e', 'ES256')] },
    ...pages,
  };
  const http = async ({ url }: HttpRequest) => {
    asked.push(url);
    const page = usual[url];
    if (page instanceof Error) throw page;
    const to = page instanceof URL ? page.href : undefined;
    return {
      status: to !== undefined ? 302 : page === undefined ? 404 : 200,
      headers: to === undefined ? {} : { location: to },
      setCookie: [],
      body: Buffer.from(JSON.stringify(page ?? {})),
    };
  };
  return { context: testContext({ override: { http } }), asked };
}

const judge = async (token: string, pages?: Record<string, unknown>) =>
  verifySignature((await world(pages)).context, PLACE, new Secret(token));

describe('the signature of a given token', () => {
  it('is verified with the keys of the issuer that the platform names', async () => {
    expect(await judge(await signed(own))).toEqual({ state: 'verified', issuer: ISSUER });
  });

  it('is verified with an unusual API address and an issuer known only from a redirect', async () => {
    const base = `${ORIGIN}/elsewhere`;
    const endpoint = `${ISSUER}/authorize`;
    const { context } = await world({
      [`${ORIGIN}/.well-known/oauth-protected-resource`]: undefined,
      [`${base}/v1/user`]: new URL(endpoint),
      [`${ISSUER}/.well-known/openid-configuration`]: {
        issuer: ISSUER,
        authorization_endpoint: endpoint,
        jwks_uri: `${ISSUER}/keys`,
      },
    });
    const place = { origin: ORIGIN, selection: { apiBase: base } };
    expect(await verifySignature(context, place, new Secret(await signed(own)))).toEqual({
      state: 'verified',
      issuer: ISSUER,
    });
  });

  /** Known forgeries: RFC 8725 §2, and the first attempts of JWT attack tools. */
  const forgeries: readonly (readonly [string, () => Promise<string>])[] = [
    ['another key with the same id', () => signed(stranger)],
    ['an unpublished key', () => signed(stranger, {}, { kid: 'unknown' })],
    [
      'claims changed after signing',
      async () => {
        const [header, , signature] = (await signed(own)).split('.');
        return `${header}.${part({ ...claims, sub: 'admin' })}.${signature}`;
      },
    ],
    ['a truncated signature', async () => (await signed(own)).slice(0, -8)],
    [
      'HMAC with the public key as its secret',
      async () => {
        const text = `${part({ alg: 'HS256', kid: 'k' })}.${part(claims)}`;
        return `${text}.${createHmac('sha256', await exportSPKI(own.publicKey))
          .update(text)
          .digest('base64url')}`;
      },
    ],
    [
      'an empty ECDSA signature (r = s = 0)',
      async () =>
        `${part({ alg: 'ES256', kid: 'e' })}.${part(claims)}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    [
      'its own key in the header (jwk)',
      async () => signed(stranger, {}, { jwk: (await exportJWK(stranger.publicKey)) as never }),
    ],
    ['a path in kid', () => signed(stranger, {}, { kid: '../../../dev/null' })],
    ['SQL in kid', () => signed(stranger, {}, { kid: "x' UNION SELECT 'a" })],
  ];
  it.each(forgeries)('S13: %s is refused, exit 4', async (_what, forge) => {
    const token = await forge();
    await expect(judge(token)).rejects.toMatchObject({ code: 'AUTH_SIGNATURE', exit: 'auth' });
  });

  it('S39: addresses inside a token (jku, x5u, iss) are never followed', async () => {
    for (const token of [
      await signed(stranger, {}, { jku: 'https://evil.example/keys', x5u: 'https://evil.example/c' }),
      await signed(stranger, { iss: 'https://evil.example' }),
    ]) {
      const { context, asked } = await world();
      await verifySignature(context, PLACE, new Secret(token)).catch(() => undefined);
      expect(asked.filter((url) => url.includes('evil'))).toEqual([]);
    }
  });

  it.each([
    ['another issuer than the platform names', { iss: 'https://other.example' }, {}],
    ['a platform that names none', {}, { [`${ORIGIN}/.well-known/oauth-protected-resource`]: {} }],
    ['another audience', { aud: 'https://other.example' }, {}],
    ['keys that cannot be fetched', {}, { [`${ISSUER}/keys`]: new Error('down') }],
    ['an invalid key document', {}, { [`${ISSUER}/keys`]: 'nonsense' }],
  ])('is reported as not verified with %s', async (_what, extra, pages) => {
    expect(await judge(await signed(own, extra), pages)).toMatchObject({
      state: 'not-verified',
      reason: expect.any(String),
    });
  });

  it('is verified for an expired token too', async () => {
    expect(await judge(await signed(own, { iat: 1000, exp: 2000 }))).toMatchObject({ state: 'verified' });
    expect(await judge(await signed(own, { nbf: now + 5000 }))).toMatchObject({ state: 'verified' });
  });
});

describe('a token of the platform’s own accounts', () => {
  const KEYS = `${RESOURCE}/v1/local-auth/.well-known/jwks.json`;
  const local = (key: Key) =>
    new SignJWT({ iss: 'codemie-local', sub: 'ada', iat: now, exp: now + 600 })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(key.privateKey);
  const published = async () => ({
    keys: [{ ...(await exportJWK(own.publicKey)), use: 'sig', alg: 'RS256' }],
  });

  it('is verified with the key published there, which has no id', async () => {
    const { context } = await world({ [KEYS]: await published() });
    const token = new Secret(await local(own));
    expect(await verifySignature(context, PLACE, token)).toEqual({
      state: 'verified',
      issuer: 'codemie-local',
    });
  });

  it('is forged if this key did not sign it', async () => {
    const { context } = await world({ [KEYS]: await published() });
    await expect(verifySignature(context, PLACE, new Secret(await local(stranger)))).rejects.toMatchObject({
      code: 'AUTH_SIGNATURE',
    });
  });

  it('is reported as not verified if no key can be fetched', async () => {
    const { context } = await world();
    const token = new Secret(await local(own));
    expect(await verifySignature(context, PLACE, token)).toMatchObject({ state: 'not-verified' });
  });
});
