import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { saveProfile } from '../../../src/config/write.ts';
import type { Credential, OidcCredential, SessionCredential } from '../../../src/credentials/credential.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { revoke } from '../../../src/credentials/lifecycle/revoke.ts';
import { signOut } from '../../../src/credentials/lifecycle/sign-out.ts';
import type { HttpRequest } from '../../../src/net/http.ts';
import { Secret } from '../../../src/system/secret.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const oidc: OidcCredential = {
  kind: 'oidc',
  origin: 'https://h.example',
  identity: { id: 'ada' },
  obtainedAt: 1,
  expiresAt: 2,
  issuer: 'https://idp.example',
  clientId: 'codemie-cli',
  tokenEndpoint: 'https://idp.example/token',
  revocationEndpoint: 'https://idp.example/revoke',
  accessToken: new Secret('access-token-of-ada'),
  refreshToken: new Secret('refresh-token-of-ada'),
};
const session: SessionCredential = {
  kind: 'session',
  origin: 'https://h.example',
  identity: { id: 'ada' },
  obtainedAt: 1,
  cookies: { _oauth2_proxy: new Secret('payload|1700000000|signature') },
};
const ID = 'https://h.example#ada';

/** A server that sends these responses and records its requests. */
function machine(status: number | 'down' | 'silent'): TestContext & { asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const http = async (request: HttpRequest) => {
    asked.push(request);
    if (status === 'down') throw new Error('connection refused');
    if (status === 'silent') {
      await new Promise((_resolve, reject) =>
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason)),
      );
    }
    return { status: Number(status), headers: {}, setCookie: [], body: Buffer.alloc(0) };
  };
  const context = testContext({ env: { CODEMIE_PASSPHRASE: 'correct horse' }, override: { http } });
  return Object.assign(context, { asked });
}

async function signedIn(context: TestContext, credential: Credential): Promise<void> {
  await (await openStore('plaintext-file', context)).set(ID, credential);
  const reference = { store: 'plaintext-file', id: ID };
  await saveProfile(
    context,
    'default',
    { codeMieUrl: credential.origin, credential: reference },
    { activate: true },
  );
}

const left = async (context: TestContext): Promise<unknown> =>
  (await openStore('plaintext-file', context)).get(ID);

describe('S34: signing out', () => {
  it('revokes the refresh token first, then the access token', async () => {
    const context = machine(200);
    await signedIn(context, oidc);
    expect(await signOut(context, ['default'])).toMatchObject({
      removed: ['default'],
      failures: [],
      revoked: 'yes',
    });
    expect(context.asked.map(({ body }) => new URLSearchParams(String(body)).get('token'))).toEqual([
      'refresh-token-of-ada',
      'access-token-of-ada',
    ]);
    expect(await left(context)).toBeUndefined();
    expect(readConfig(context.home).profiles['default']).not.toHaveProperty('credential');
  });

  it.each([
    ['says no', 503],
    ['is down', 'down'],
  ] as const)(
    'S34: a server that %s does not stop the credential from being deleted',
    async (_what, status) => {
      const context = machine(status);
      await signedIn(context, oidc);
      expect(await signOut(context, ['default'])).toMatchObject({
        removed: ['default'],
        failures: [],
        revoked: 'no',
      });
      expect(await left(context)).toBeUndefined();
    },
  );

  it('S34: waits at most five seconds for a server that never responds', async () => {
    const context = machine('silent');
    await signedIn(context, oidc);
    const began = performance.now();
    expect(await signOut(context, ['default'])).toMatchObject({
      removed: ['default'],
      failures: [],
      revoked: 'no',
    });
    expect(performance.now() - began).toBeLessThan(8000);
    expect(await left(context)).toBeUndefined();
  });

  it('S34: signing out again removes nothing and is not an error', async () => {
    const context = machine(200);
    await signedIn(context, oidc);
    await signOut(context, ['default']);
    expect(await signOut(context, ['default'])).toMatchObject({
      removed: [],
      failures: [],
      revoked: 'unsupported',
    });
  });

  it('logs a gateway session out with its cookies, and does not call that a revocation', async () => {
    const context = machine(302);
    expect(await revoke(session, context)).toBe('unsupported');
    expect(context.asked.map(({ url, headers }) => [url, headers?.['cookie']])).toEqual([
      ['https://h.example/code-assistant-api/v1/user/log_out', '_oauth2_proxy=payload|1700000000|signature'],
    ]);
  });
});

describe('signing out through an unusable proxy', () => {
  it.each([
    ['oidc', oidc, 'no'],
    ['session', session, 'unsupported'],
  ] as const)(
    '%s: is removed here, and the result says that the server was not told',
    async (_kind, credential, revoked) => {
      const context = testContext({ env: { HTTPS_PROXY: 'socks5://proxy:1080' } });
      await signedIn(context, credential);
      expect(await signOut(context, ['default'])).toMatchObject({
        removed: ['default'],
        revoked,
        failures: [],
      });
      expect(await (await openStore('plaintext-file', context)).get(ID)).toBeUndefined();
      expect(readConfig(context.home).profiles['default']?.credential).toBeUndefined();
    },
  );
});

it('S34: no token is sent to a revocation endpoint without encryption', async () => {
  const context = machine(200);
  const endpoint = { revocationEndpoint: 'http://idp.example/revoke' };
  expect(await revoke({ ...oidc, ...endpoint }, context)).toBe('no');
  expect(context.asked).toEqual([]);
});
