import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fetch } from '../../src/net/fetch.ts';
import { createMemoryManagedStore } from '../../src/sandbox/managed/memory.ts';
import type { ManagedStore } from '../../src/sandbox/managed/store.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts';
import { settingsFrom } from '../../src/sandbox/variables.ts';
import { problemBody } from '../support/managed-api.ts';

const ID = '22222222-2222-4222-8222-222222222221';
const AUDIENCE = 'codemie-platform';
const FAILED = problemBody('Token validation failed', 'Invalid or expired credentials');

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let realm: { readonly issuer: string; readonly asked: string[]; status: number; close(): void };
let keys: Pair;
let sandbox: Sandbox;
let managed: ManagedStore;

/** An identity provider that publishes its keys, and what was asked of it. */
async function startRealm(): Promise<typeof realm> {
  const asked: string[] = [];
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = request.url?.endsWith('openid-configuration')
      ? { issuer, jwks_uri: `${issuer}/certs` }
      : { keys: [jwk] };
    response.writeHead(started.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/codemie`;
  const started = { issuer, asked, status: 200, close: () => void server.close() };
  return started;
}

function variables(more: object = {}): Record<string, string> {
  const entry = { issuer: realm.issuer, audience: AUDIENCE, jwks_uri: `${realm.issuer}/certs`, ...more };
  const claims = { required_claims: ['iss', 'sub', 'email', 'aud', 'exp', 'iat'] };
  return {
    ENABLE_USER_MANAGEMENT: 'true',
    JWKS_VALIDATION_ENABLED: 'true',
    JWKS_TRUSTED_ISSUERS: JSON.stringify([{ ...claims, ...entry }]),
  };
}

async function token(claims: object = {}, header: object = {}, key = keys.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: realm.issuer,
    aud: ['account', AUDIENCE],
    sub: ID,
    iat: now,
    exp: now + 60,
    preferred_username: 'ann',
    name: 'Ann Example',
    email: 'ann@example.com',
    applications: ['alpha'],
    applications_admin: ['alpha'],
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header } as JWTHeaderParameters)
    .sign(key);
}

async function ask(authorization?: string, at = sandbox): Promise<[number, unknown]> {
  const answer = await fetch(`${at.apiUrl}/v1/user`, {
    headers: authorization === undefined ? {} : { authorization },
  });
  return [answer.status, await answer.json()];
}

beforeAll(async () => {
  keys = await generateKeyPair('RS256');
});
beforeEach(async () => {
  realm?.close();
  realm = await startRealm();
  await sandbox?.close();
  managed = createMemoryManagedStore();
  sandbox = await startSandbox({ ...settingsFrom(variables()), managed });
});
afterAll(async () => {
  realm.close();
  await sandbox.close();
});

describe('a token of another identity provider', () => {
  it('signs its person in, and the first sign-in makes the row', async () => {
    expect(await ask(`Bearer ${await token()}`)).toMatchObject([
      200,
      {
        user_id: ID,
        username: 'ann',
        applications: ['alpha', 'ann@example.com'],
        applications_admin: ['alpha'],
      },
    ]);
    expect((await managed.user(ID))?.authSource).toBe('keycloak');
  });

  it.each<[string, () => Promise<string>]>([
    ['signed with another key', async () => token({}, {}, (await generateKeyPair('RS256')).privateKey)],
    [
      'without a signature',
      async () =>
        new UnsecuredJWT({
          iss: realm.issuer,
          aud: AUDIENCE,
          sub: ID,
          email: 'a@b.c',
          iat: 1,
          exp: 9e9,
        }).encode(),
    ],
    [
      'signed with the published key as a secret (HS256)',
      async () =>
        token(
          {},
          { alg: 'HS256' },
          new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey))) as never,
        ),
    ],
    ['for another audience', async () => token({ aud: 'elsewhere' })],
    ['that has expired', async () => token({ exp: Math.floor(Date.now() / 1000) - 31 })],
    ['without a required claim', async () => token({ email: undefined })],
    ['that is none', async () => 'nonsense'],
  ])('%s is refused', async (_what, make) => {
    expect(await ask(`Bearer ${await make()}`)).toEqual([401, FAILED]);
    expect((await managed.listUsers({ offset: 0, limit: 1 })).total).toBe(0);
  });

  it('of an unknown issuer is refused without asking anybody for keys, and so are the sandbox’s own', async () => {
    expect(await ask(`Bearer ${await token({ iss: 'https://evil.example/realms/codemie' })}`)).toEqual([
      401,
      FAILED,
    ]);
    expect(await ask(`Bearer ${await sandbox.mintToken({ user: 'grace' })}`)).toEqual([401, FAILED]);
    expect(realm.asked).toEqual([]);
  });

  it('may be late by the leeway, and the keys are fetched once', async () => {
    const late = await token({ exp: Math.floor(Date.now() / 1000) - 20 });
    for (const bearer of [late, await token()]) expect((await ask(`Bearer ${bearer}`))[0]).toBe(200);
    expect(realm.asked).toEqual(['/realms/codemie/certs']);
  });

  it('is refused while the keys cannot be had, and accepted afterwards', async () => {
    realm.status = 503;
    expect(await ask(`Bearer ${await token()}`)).toEqual([401, FAILED]);
    realm.status = 200;
    expect((await ask(`Bearer ${await token()}`))[0]).toBe(200);
  });

  it('is the only credential: no header, no cookie', async () => {
    expect(await ask()).toEqual([401, problemBody('Authentication failed', 'Missing Authorization header')]);
    expect(await ask('Basic eDp5')).toEqual([
      401,
      problemBody('Authentication failed', 'Authorization header must use Bearer scheme'),
    ]);
  });

  it('its keys are found by the discovery document too, with the fetch of the program', async () => {
    const seen: string[] = [];
    const watched: Fetch = (url, init) => {
      seen.push(new URL(url).pathname);
      return fetch(url, init as RequestInit);
    };
    const discovery_url = `${realm.issuer}/.well-known/openid-configuration`;
    const other = await startSandbox({
      ...settingsFrom(variables({ jwks_uri: undefined, discovery_url })),
      fetch: watched,
    });
    try {
      expect((await ask(`Bearer ${await token()}`, other))[0]).toBe(200);
      expect(seen).toEqual(['/realms/codemie/.well-known/openid-configuration', '/realms/codemie/certs']);
    } finally {
      await other.close();
    }
  });
});

describe('a platform with another identity provider', () => {
  it('names it to programs, and signs out there', async () => {
    const metadata = await fetch(`${sandbox.url}/.well-known/oauth-protected-resource`);
    expect(await metadata.json()).toMatchObject({ authorization_servers: [realm.issuer] });
    expect(sandbox.issuer).toBe(realm.issuer);
    const out = await fetch(`${sandbox.apiUrl}/v1/user/log_out`, { redirect: 'manual' });
    expect(out.headers.get('location')).toBe(`${realm.issuer}/protocol/openid-connect/logout`);
  });

  it('has no users before the first sign-in', async () => {
    const fresh = await startSandbox(settingsFrom(variables()));
    try {
      const headers = { authorization: `Bearer ${await token({ realm_access: { roles: ['admin'] } })}` };
      const { data } = (await (await fetch(`${fresh.apiUrl}/v1/admin/users`, { headers })).json()) as {
        data: { username: string; is_admin: boolean }[];
      };
      expect(data.map(({ username, is_admin }) => [username, is_admin])).toEqual([['ann', true]]);
    } finally {
      await fresh.close();
    }
  });
});

describe('JWKS_TRUSTED_ISSUERS', () => {
  const one = { issuer: 'https://i', audience: 'a', jwks_uri: 'https://i/certs' };

  it.each([
    ['', 'is not valid JSON'],
    ['{}', 'is not a list with at least one issuer'],
    ['[]', 'is not a list with at least one issuer'],
    [JSON.stringify([{ issuer: 'https://i' }]), 'has an entry (number 1) without issuer or audience'],
    [JSON.stringify([one, one]), 'names https://i twice'],
    [
      JSON.stringify([one, { ...one, discovery_url: 'https://i/d' }]),
      'has an entry (number 2) that does not have exactly one of jwks_uri and discovery_url',
    ],
    [
      JSON.stringify([{ ...one, jwks_uri: 'file:///etc/passwd' }]),
      'has an entry (number 1) whose address is not a URL',
    ],
    [
      JSON.stringify([{ ...one, required_claims: 'iss' }]),
      'has an entry (number 1) whose required_claims is not a list of names',
    ],
  ])('%s refuses the start', (json, reason) => {
    const env = { JWKS_VALIDATION_ENABLED: 'true', JWKS_TRUSTED_ISSUERS: json };
    expect(() => settingsFrom(env)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: `JWKS_TRUSTED_ISSUERS ${reason}.` }),
    );
    expect(settingsFrom({ ...env, JWKS_VALIDATION_ENABLED: 'false' }).trust).toBeUndefined();
  });

  it('requires the claims of the server’s default, unless an entry names others', () => {
    const env = { JWKS_VALIDATION_ENABLED: 'true', JWKS_TRUSTED_ISSUERS: JSON.stringify([one]) };
    expect(settingsFrom(env).trust).toEqual({
      issuers: [
        {
          issuer: 'https://i',
          audience: 'a',
          keys: { jwksUri: 'https://i/certs' },
          requiredClaims: ['iss', 'sub', 'email', 'groups', 'aud', 'exp', 'iat'],
        },
      ],
      leeway: 30,
    });
  });
});
