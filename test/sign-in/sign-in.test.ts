import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { saveProfile } from '../../src/config/write.ts';
import type { OidcCredential } from '../../src/credentials/credential.ts';
import { openAccess } from '../../src/credentials/find/find-access.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import type { SignInRequest } from '../../src/sign-in/request.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContext, type TestContextOptions, testContext } from '../support/context.ts';
import { type FakeProvider, fakeProvider } from '../support/fake-provider.ts';
import { failureOf, machine } from './support.ts';

const USER = '/code-assistant-api/v1/user';
const METADATA = '/.well-known/oauth-protected-resource';

function request(provider: FakeProvider, change: Partial<SignInRequest> = {}): SignInRequest {
  return {
    url: provider.url,
    store: 'plaintext-file',
    method: 'browser',
    openBrowser: true,
    timeoutMs: 5000,
    ...change,
  };
}

async function stored(context: TestContext, profile = 'default'): Promise<OidcCredential> {
  const { credential } = await openAccess(context, { profile });
  return credential as OidcCredential;
}

/** The revoked tokens, in order. */
const revoked = (provider: FakeProvider): (string | null)[] =>
  provider.seen.filter(({ path }) => path === '/realm/revoke').map(({ params }) => params.get('token'));

const files = (context: TestContext): string[] =>
  existsSync(context.home)
    ? readdirSync(context.home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

describe('a complete sign-in', () => {
  it('finds the provider, stores the credential, and saves a profile without a secret', async () => {
    const provider = await fakeProvider();
    const context = machine();
    const result = await signIn(context, request(provider));
    expect(result).toMatchObject({
      profileName: 'default',
      origin: provider.url,
      store: 'plaintext-file',
      replaced: false,
      user: { id: 'u-1', name: 'Ada Lovelace', email: 'ada@example.com' },
    });
    expect(readConfig(context.home)).toEqual({
      version: 2,
      activeProfile: 'default',
      profiles: {
        default: {
          name: 'default',
          provider: 'ai-run-sso',
          authMethod: 'sso',
          codeMieUrl: provider.url,
          credential: { store: 'plaintext-file', id: `${provider.url}#u-1` },
        },
      },
    });
    for (const path of files(context).filter((file) => !file.includes('credentials')))
      expect(readFileSync(path, 'utf8')).not.toMatch(/access-1-secret|refresh-secret/);
    const token = provider.seen.find(({ path }) => path === '/realm/token');
    expect(token?.params.get('resource')).toBe(`${provider.url}/code-assistant-api`);
  });

  it('S20: without a keychain it fails before the browser opens, names three alternatives and leaves nothing on disk', async () => {
    const provider = await fakeProvider();
    const context = machine();
    const error = await failureOf(signIn(context, request(provider, { store: undefined })));
    expect([error.code, error.exit]).toEqual(['STORE_UNAVAILABLE', 'store']);
    expect(error.remedies).toHaveLength(3);
    expect(context.opened).toEqual([]);
    expect(provider.seen).toEqual([]);
    expect(readdirSync(context.userHome)).toEqual([]);
  });

  it('S20: a keychain that refuses to write fails the sign-in just as early', async () => {
    const provider = await fakeProvider();
    const refuse = async () => {
      throw new Error('The name org.freedesktop.secrets was not provided by any .service files');
    };
    const context = machine({
      override: {
        loadKeychain: async () => ({
          getPassword: async () => null,
          setPassword: refuse,
          deletePassword: async () => false,
        }),
      },
    });
    const error = await failureOf(signIn(context, request(provider, { store: 'keychain' })));
    expect([error.code, error.exit]).toEqual(['STORE_UNAVAILABLE', 'store']);
    expect(context.opened).toEqual([]);
  });

  it('works if the platform does not say who signed in', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 500 }));
    const result = await signIn(machine(), request(provider));
    expect(result.user).toBeUndefined();
    expect(result.credential.identity.id).toBe('u-1');
  });

  it('stores nothing and revokes the tokens if the platform refuses them', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 401 }));
    const context = machine();
    const error = await failureOf(signIn(context, request(provider)));
    expect([error.code, error.exit]).toEqual(['AUTH_REFUSED', 'auth']);
    expect(revoked(provider)).toEqual(['refresh-secret-1', 'access-1-secret']);
    expect(files(context)).toEqual([]);
  });

  it('needs an address, and names the flag', async () => {
    const error = await failureOf(signIn(machine(), request(await fakeProvider(), { url: undefined })));
    expect([error.code, error.exit]).toEqual(['INPUT_REQUIRED', 'usage']);
    expect(error.hint).toContain('--url');
  });

  it('a platform that names no issuer has no device sign-in, and the error names an alternative', async () => {
    const provider = await fakeProvider();
    provider.replies.set(METADATA, () => ({ status: 404 }));
    const error = await failureOf(signIn(machine(), request(provider, { method: 'device' })));
    expect(error.code).toBe('SIGN_IN_UNSUPPORTED');
    expect(error.hint).toContain('--issuer');
  });

  it('an unreachable platform exits with 5, unless you name the issuer', async () => {
    const provider = await fakeProvider();
    provider.replies.set('/code-assistant-api/v1/info', () => ({ drop: true }));
    provider.replies.set(METADATA, () => ({ drop: true }));
    expect((await failureOf(signIn(machine(), request(provider)))).exit).toBe('unreachable');
    const context = machine();
    await signIn(context, request(provider, { issuer: provider.issuer }));
    expect(readConfig(context.home).profiles['default']?.issuer).toBe(provider.issuer);
  });

  it('sends no resource that names another platform', async () => {
    const provider = await fakeProvider();
    const body = { resource: 'https://other.example.com/api', authorization_servers: [provider.issuer] };
    provider.replies.set(METADATA, () => ({ body }));
    await signIn(machine(), request(provider));
    expect(provider.seen.some(({ params }) => params.has('resource'))).toBe(false);
  });

  it('S39: a profile’s issuer and client are used only for its own platform', async () => {
    const [first, second] = [await fakeProvider(), await fakeProvider()];
    const context = machine();
    first.claims = { aud: 'our-client' };
    await signIn(context, request(first, { issuer: first.issuer, clientId: 'our-client' }));
    expect(readConfig(context.home).profiles['default']).toMatchObject({
      issuer: first.issuer,
      clientId: 'our-client',
    });
    first.seen.length = 0;
    await signIn(context, request(first, { url: undefined }));
    expect(first.count('/realm/token')).toBe(1);
    await signIn(context, request(second, { profile: 'default' }));
    expect((await stored(context)).issuer).toBe(second.issuer);
    const profile = readConfig(context.home).profiles['default'];
    expect(profile).toMatchObject({ codeMieUrl: second.url });
    expect([profile?.issuer, profile?.clientId]).toEqual([undefined, undefined]);
  });

  it('uses the profile’s store again by default', async () => {
    const provider = await fakeProvider();
    const context = machine({ env: { CODEMIE_PASSPHRASE: 'a passphrase of this test' } });
    await signIn(context, request(provider, { store: 'encrypted-file' }));
    expect((await signIn(context, request(provider, { store: undefined }))).store).toBe('encrypted-file');
    expect((await signIn(context, request(provider, { store: 'plaintext-file' }))).store).toBe(
      'plaintext-file',
    );
    expect(files(context).filter((path) => path.endsWith('.enc'))).toEqual([]);
  });

  it('keeps unknown fields of a profile', async () => {
    const provider = await fakeProvider();
    const context = machine();
    await saveProfile(context, 'work', { codeMieProject: 'apollo', ...{ timeout: 30 } }, { activate: false });
    await signIn(context, request(provider, { profile: 'work' }));
    expect(readConfig(context.home).profiles['work']).toMatchObject({
      codeMieProject: 'apollo',
      timeout: 30,
    });
  });
});

describe('S35: signing in again', () => {
  const next = (provider: FakeProvider, name: string): void => {
    provider.tokens = { access_token: `access-${name}`, refresh_token: `refresh-${name}` };
  };
  const first = async (options: TestContextOptions = {}) => {
    const provider = await fakeProvider();
    const context = machine(options);
    next(provider, 'old-secret');
    await signIn(context, request(provider));
    next(provider, 'new-secret');
    return { provider, context };
  };

  it('S35: the new credential is stored before the old one is revoked', async () => {
    const { provider, context } = await first();
    const atRevocation: string[] = [];
    provider.replies.set('/realm/revoke', () => {
      const path = files(context).find((file) => file.includes('credentials')) ?? '';
      atRevocation.push(readFileSync(path, 'utf8'));
      return undefined;
    });
    const result = await signIn(context, request(provider));
    expect(result.replaced).toBe(true);
    expect(revoked(provider)).toEqual(['refresh-old-secret', 'access-old-secret']);
    for (const text of atRevocation) expect(text).toContain('refresh-new-secret');
    expect((await stored(context)).accessToken.reveal()).toBe('access-new-secret');
  });

  it.each([
    [
      'denied',
      (provider: FakeProvider) => {
        provider.redirect = { code: undefined, error: 'access_denied' };
      },
    ],
    [
      'never completed',
      (provider: FakeProvider) => {
        provider.replies.set('/realm/auth', () => ({ status: 200 }));
      },
    ],
    [
      'rejected at the exchange',
      (provider: FakeProvider) => {
        provider.replies.set('/realm/token', () => ({ status: 400, body: { error: 'invalid_grant' } }));
      },
    ],
    [
      'refused by the platform',
      (provider: FakeProvider) => {
        provider.replies.set(USER, () => ({ status: 401 }));
      },
    ],
  ])('S35: a sign-in that is %s leaves the old credential usable', async (what, break_) => {
    const { provider, context } = await first();
    break_(provider);
    await failureOf(signIn(context, request(provider, { timeoutMs: 200 })));
    expect((await stored(context)).refreshToken?.reveal()).toBe('refresh-old-secret');
    const gone = what === 'refused by the platform' ? ['refresh-new-secret', 'access-new-secret'] : [];
    expect(revoked(provider)).toEqual(gone);
  });

  it('S35: a store that fails to write leaves the old credential usable', async () => {
    const { provider, context } = await first();
    const store = await openStore('plaintext-file', context);
    const { set } = store;
    Object.assign(store, { set: () => Promise.reject(new Error('disk full')) });
    await failureOf(signIn(context, request(provider)));
    Object.assign(store, { set });
    expect((await stored(context)).refreshToken?.reveal()).toBe('refresh-old-secret');
    expect(revoked(provider)).toEqual([]);
  });

  it('S35: the old credential is not revoked if that would end the new one (same session at the provider)', async () => {
    const provider = await fakeProvider();
    const context = machine();
    provider.claims = { sid: 'session-1' };
    await signIn(context, request(provider));
    await signIn(context, request(provider));
    expect(revoked(provider)).toEqual([]);
    provider.claims = { sid: 'session-2' };
    await signIn(context, request(provider));
    expect(revoked(provider)).toHaveLength(2);
  });

  it('moving to another store removes the credential from the first one', async () => {
    const { provider, context } = await first({ env: { CODEMIE_PASSPHRASE: 'a passphrase of this test' } });
    await signIn(context, request(provider, { store: 'encrypted-file' }));
    expect(files(context).filter((path) => path.includes('credentials'))).toEqual([
      expect.stringMatching(/\.enc$/),
    ]);
    expect(revoked(provider)).toContain('refresh-old-secret');
  });

  it('as another person removes the old credential, unless another profile still uses it', async () => {
    const { provider, context } = await first();
    provider.claims = { sub: 'u-2' };
    await signIn(context, request(provider, { profile: 'second' }));
    expect(revoked(provider)).toEqual([]);
    const shared = readConfig(context.home).profiles['default']?.credential;
    await saveProfile(
      context,
      'third',
      { codeMieUrl: provider.url, credential: shared },
      { activate: false },
    );
    await signIn(context, request(provider, { profile: 'default' }));
    expect((await stored(context, 'third')).identity.id).toBe('u-1');
    await signIn(context, request(provider, { profile: 'third' }));
    expect(revoked(provider)).toContain('refresh-old-secret');
  });

  it('with a second profile, the same person’s old credential is revoked too', async () => {
    const { provider, context } = await first();
    const result = await signIn(context, request(provider, { profile: 'second' }));
    expect(result.replaced).toBe(true);
    expect(revoked(provider)).toContain('refresh-old-secret');
    expect((await stored(context)).accessToken.reveal()).toBe('access-new-secret');
  });

  it('a revocation that fails does not fail the sign-in', async () => {
    const { provider, context } = await first();
    provider.replies.set('/realm/revoke', () => ({ drop: true }));
    await expect(signIn(context, request(provider))).resolves.toMatchObject({ replaced: true });
  });
});

describe('a supplied token', () => {
  const jwt = (exp = Math.floor(Date.now() / 1000) + 3600): string =>
    `${new UnsecuredJWT({ sub: 'u-9', exp }).encode().replace(/^[^.]+/, Buffer.from('{"alg":"RS256"}').toString('base64url'))}c2ln`;

  it('is stored as a bearer credential for the platform', async () => {
    const provider = await fakeProvider();
    const context = testContext();
    const token = new Secret(` "Bearer ${jwt()}"\n`);
    const result = await signIn(context, request(provider, { method: 'token', secret: token }));
    expect(result.credential).toMatchObject({ kind: 'jwt', origin: provider.url, identity: { id: 'u-9' } });
    expect(result.notices.length).toBeGreaterThan(0);
    expect(readConfig(context.home).profiles['default']).toMatchObject({
      provider: 'bearer-auth',
      authMethod: 'jwt',
    });
    expect(provider.seen.find(({ path }) => path === USER)?.headers.authorization).toMatch(/^Bearer ey/);
  });

  it.each([
    ['that is empty', '', 'INPUT_REQUIRED', 'usage'],
    ['that is not a JWT', 'abc', 'AUTH_MALFORMED', 'auth'],
    ['that has expired', jwt(1_700_000_000), 'AUTH_EXPIRED', 'auth'],
  ])('%s is refused and not stored', async (_what, text, code, exit) => {
    const context = testContext();
    const given = request(await fakeProvider(), { method: 'token', secret: new Secret(text) });
    const error = await failureOf(signIn(context, given));
    expect([error.code, error.exit]).toEqual([code, exit]);
    expect(files(context)).toEqual([]);
  });

  it('is not stored if the platform refuses it, and the error is about the token', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 401 }));
    const given = request(provider, { method: 'token', secret: new Secret(jwt()) });
    const error = await failureOf(signIn(testContext(), given));
    expect(error.code).toBe('AUTH_REFUSED');
    expect(error.message).toContain('rejected the token from this sign-in');
  });
});
