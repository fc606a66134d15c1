import { UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/net/client.ts';
import { elapsedMs } from '../../../src/system/clock.ts';
import { fakeProvider } from '../../support/fake-provider.ts';
import { byBrowser, byDevice, failureOf, machine } from '../support.ts';

const TOKEN = '/realm/token';
const now = (): number => Math.floor(Date.now() / 1000);

describe('the metadata', () => {
  it.each([
    ['another host', 'https://sso.example.com'],
    ['a longer name', (issuer: string) => `${issuer}/other`],
    ['nothing', undefined],
    ['a number', 7],
  ])(
    'S12: an issuer whose metadata names %s is refused before anything is sent to it',
    async (_what, name) => {
      const provider = await fakeProvider();
      provider.metadata = { issuer: typeof name === 'function' ? name(provider.issuer) : name };
      const context = machine();
      const error = await failureOf(byBrowser(context, provider));
      expect([error.code, error.exit]).toEqual(['ISSUER_INVALID', 'failed']);
      expect(context.opened).toEqual([]);
      expect(provider.seen.map(({ path }) => path)).toEqual(['/realm/.well-known/openid-configuration']);
    },
  );

  it.each([
    [
      'https://login.microsoftonline.com/organizations/v2.0',
      'https://login.microsoftonline.com/{tenantid}/v2.0',
    ],
    ['https://login.microsoftonline.com/common/v2.0', 'https://sso.example.com'],
    ['https://acme.b2clogin.com/acme/v2.0', 'https://login.microsoftonline.com/acme/v2.0'],
  ])('S12: %s is not an exception, whatever the vendor', async (issuer, name) => {
    const at = (path: string): string => `${issuer}/${path}`;
    const metadata = {
      issuer: name,
      authorization_endpoint: at('a'),
      token_endpoint: at('t'),
      jwks_uri: at('k'),
    };
    const context = machine({ override: { fetch: async () => Response.json(metadata) } });
    const error = await failureOf(byBrowser(context, await fakeProvider(), { issuer, timeoutMs: 500 }));
    expect([error.code, error.exit]).toEqual(['ISSUER_INVALID', 'failed']);
    expect(context.opened).toEqual([]);
  });

  it('S12: the address of the metadata document stands for its issuer, and is still compared', async () => {
    const provider = await fakeProvider();
    const issuer = `${provider.issuer}/.well-known/openid-configuration`;
    await expect(byBrowser(machine(), provider, { issuer })).resolves.toMatchObject({
      issuer: provider.issuer,
    });
    provider.metadata = { issuer: 'https://sso.example.com' };
    expect((await failureOf(byBrowser(machine(), provider, { issuer }))).code).toBe('ISSUER_INVALID');
  });

  it.each([
    'authorization_endpoint',
    'token_endpoint',
    'revocation_endpoint',
    'device_authorization_endpoint',
    'end_session_endpoint',
    'jwks_uri',
  ])('S12: %s without https on another machine is refused', async (name) => {
    const provider = await fakeProvider();
    provider.metadata = { [name]: 'http://sso.example.com/x' };
    const context = machine();
    expect((await failureOf(byBrowser(context, provider))).code).toBe('URL_INSECURE');
    provider.metadata = { [name]: 'no address' };
    expect((await failureOf(byBrowser(context, provider))).code).toBe('ISSUER_INVALID');
    expect(context.opened).toEqual([]);
  });

  it('S12: an issuer without https is refused without a request, except on loopback', async () => {
    const provider = await fakeProvider();
    const requested: string[] = [];
    const context = machine({
      override: {
        fetch: async (url) => {
          requested.push(url);
          throw new Error('no network in this test');
        },
      },
    });
    for (const issuer of ['http://sso.example.com/realm', 'ftp://127.0.0.1/realm'])
      expect((await failureOf(byBrowser(context, provider, { issuer }))).code).toBe('URL_INSECURE');
    for (const issuer of [
      'not an address',
      'https://user:pw@sso.example.com',
      'https://sso.example.com/?a=b',
    ])
      expect((await failureOf(byBrowser(context, provider, { issuer }))).code).toBe('URL_INVALID');
    expect(requested).toEqual([]);
  });

  it('distinguishes a provider that is down from an address that is not a provider', async () => {
    const provider = await fakeProvider();
    provider.replies.set('/realm/.well-known/openid-configuration', () => ({ status: 503 }));
    expect((await failureOf(byBrowser(machine(), provider))).exit).toBe('unreachable');
    provider.replies.set('/realm/.well-known/openid-configuration', () => ({ text: '<html>' }));
    expect((await failureOf(byBrowser(machine(), provider))).code).toBe('ISSUER_INVALID');
    provider.replies.set('/realm/.well-known/openid-configuration', () => ({ drop: true }));
    expect((await failureOf(byBrowser(machine(), provider))).code).toBe('UNREACHABLE');
  });

  it('accepts a provider that offers only the device flow or only the browser flow', async () => {
    const provider = await fakeProvider();
    provider.metadata = { authorization_endpoint: undefined, device_authorization_endpoint: undefined };
    expect((await failureOf(byBrowser(machine(), provider))).code).toBe('ISSUER_INVALID');
    expect((await failureOf(byDevice(machine(), provider))).code).toBe('DEVICE_UNSUPPORTED');
  });
});

describe('the identity token', () => {
  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'another-client' }],
    ['two audiences without azp', { aud: ['codemie-cli', 'another-client'] }],
    ['azp of another client', { azp: 'another-client' }],
    ['two audiences and azp of another client', { aud: ['codemie-cli', 'b'], azp: 'b' }],
    ['another nonce', { nonce: 'of-another-attempt' }],
    ['no nonce', { nonce: undefined }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['no expiry', { exp: undefined }],
    ['an expiry in words', { exp: 'tomorrow' }],
  ])('S13: %s is refused', async (_what, claims) => {
    const provider = await fakeProvider();
    provider.claims = claims;
    const context = machine();
    const error = await failureOf(byBrowser(context, provider));
    expect(error.code).toBe('SIGN_IN_FAILED');
    expect(await context.pages[0]).toContain('Sign-in did not complete');
  });

  it('S13: azp of this client with another audience is accepted', async () => {
    const provider = await fakeProvider();
    provider.claims = { aud: ['codemie-cli', 'account'], azp: 'codemie-cli' };
    await expect(byBrowser(machine(), provider)).resolves.toMatchObject({ identity: { id: 'u-1' } });
  });

  it.each(['browser', 'device'] as const)(
    'S13: alg none and HS256 are refused even if the metadata allows them (%s)',
    async (route) => {
      const provider = await fakeProvider();
      provider.metadata = { id_token_signing_alg_values_supported: ['none', 'HS256', 'ES256'] };
      let nonce: string | null = null;
      provider.replies.set('/realm/auth', ({ params }) => {
        nonce = params.get('nonce');
        return undefined;
      });
      const claims = () => ({
        iss: provider.issuer,
        aud: 'codemie-cli',
        sub: 'u-1',
        iat: now(),
        exp: now() + 300,
        ...(nonce && { nonce }),
      });
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const forged = {
        none: () => new UnsecuredJWT(claims()).encode(),
        HS256: () => `${part({ alg: 'HS256' })}.${part(claims())}.${part('signature')}`,
        'a foreign key': async () => {
          const [header, payload] = (await provider.idToken(claims())).split('.');
          return `${header}.${payload}.${Buffer.alloc(64, 7).toString('base64url')}`;
        },
        'changed claims': async () => {
          const [header, , signature] = (await provider.idToken(claims())).split('.');
          return `${header}.${part({ ...claims(), sub: 'somebody-else' })}.${signature}`;
        },
      };
      const { fastClock } = await import('../support.ts');
      for (const [what, token] of Object.entries(forged)) {
        provider.replies.set(TOKEN, async () => ({
          body: { access_token: 'access-secret-9', token_type: 'Bearer', id_token: await token() },
        }));
        const context = machine(route === 'device' ? { override: { clock: fastClock() } } : {});
        const login = route === 'device' ? byDevice(context, provider) : byBrowser(context, provider);
        expect([what, (await failureOf(login)).code]).toEqual([what, 'SIGN_IN_FAILED']);
      }
    },
  );

  it('S13: is accepted up to 60 s after it expires; later, the error names the clock', async () => {
    const provider = await fakeProvider();
    provider.claims = { exp: now() - 45 };
    await expect(byBrowser(machine(), provider)).resolves.toMatchObject({ kind: 'oidc' });
    provider.claims = { exp: now() - 120 };
    const error = await failureOf(byBrowser(machine(), provider));
    expect([error.code, error.exit]).toEqual(['CLOCK_SKEW', 'failed']);
    expect(error.message).toMatch(/clock/);
  });

  it.each([
    [-3600, "ahead of the identity provider's (3600 s)"],
    [7200, "behind the identity provider's (7200 s)"],
  ])('S13: a clock that is %i s off is measured with the Date header', async (skew, sentence) => {
    const provider = await fakeProvider();
    const date = { date: new Date(Date.now() + skew * 1000).toUTCString() };
    const wrongTime = skew < 0 ? { exp: now() + skew } : { nbf: now() + skew };
    provider.replies.set('/realm/auth', ({ params }) => {
      provider.claims = { nonce: params.get('nonce') ?? '', ...wrongTime };
      return undefined;
    });
    provider.replies.set(TOKEN, async () => ({
      headers: date,
      body: { access_token: 'a', token_type: 'Bearer', id_token: await provider.idToken(provider.claims) },
    }));
    const error = await failureOf(byBrowser(machine(), provider));
    expect(error.code).toBe('CLOCK_SKEW');
    expect(error.message.replace(/360[01]|359\d/, '3600').replace(/720[01]|719\d/, '7200')).toContain(
      sentence,
    );
  });

  it('a wrong nonce is not blamed on a wrong clock', async () => {
    const provider = await fakeProvider();
    provider.claims = { nonce: 'of-another-attempt' };
    const context = machine();
    const shifted = { ...context.clock, now: () => Date.now() + 3_600_000 };
    expect((await failureOf(byBrowser({ ...context, clock: shifted }, provider))).code).toBe(
      'SIGN_IN_FAILED',
    );
  });
});

describe('the token response', () => {
  it.each([undefined, null, -5, 0, 'soon', '3600', 1e308 * 10, {}])(
    'S14: a token whose expires_in is %j counts as short-lived',
    async (expires_in) => {
      const provider = await fakeProvider();
      provider.tokens = { expires_in };
      const before = Date.now();
      const { expiresAt } = await byBrowser(machine(), provider);
      expect(expiresAt - before).toBeGreaterThan(0);
      expect(expiresAt - before).toBeLessThanOrEqual(65_000);
    },
  );

  it('S14: uses the server’s lifetime, up to one year', async () => {
    const provider = await fakeProvider();
    provider.tokens = { expires_in: 900 };
    const first = await byBrowser(machine(), provider);
    expect(Math.round((first.expiresAt - first.obtainedAt) / 1000)).toBe(900);
    provider.tokens = { expires_in: 1e12 };
    const second = await byBrowser(machine(), provider);
    expect(second.expiresAt - second.obtainedAt).toBe(365 * 86_400_000);
  });

  it.each([
    ['access_token', 7],
    ['access_token', undefined],
    ['access_token', ''],
    ['token_type', undefined],
    ['token_type', 'mac'],
    ['token_type', 'DPoP'],
    ['access_token', 'a\r\nX-Other: 1'],
    ['access_token', 'токен'],
    ['refresh_token', 'a\0b'],
    ['refresh_token', {}],
    ['refresh_token', 12],
    ['id_token', undefined],
    ['id_token', 'abc'],
    ['scope', 5],
  ])('S15: %s of %j is a typed error that does not show the body', async (field, value) => {
    const provider = await fakeProvider();
    provider.tokens = { [field]: value };
    const context = machine({ env: { CODEMIE_DEBUG: 'true' } });
    const error = await failureOf(byBrowser(context, provider));
    expect([error.code, error.exit]).toEqual(['SIGN_IN_FAILED', 'failed']);
    const shown = `${error.message}${String(error.cause)}${context.out.stderr}`;
    expect(shown).not.toMatch(/access-\d-secret|refresh-secret/);
  });

  it('S15: more than 1 MiB, invalid JSON and an array are typed errors, and their text is not logged', async () => {
    const provider = await fakeProvider();
    const bodies = [
      `{"access_token":"leak-me-not","pad":"${'x'.repeat(1_100_000)}"}`,
      '"leak-me-not" {',
      'leak-me-not',
      '["leak-me-not"]',
    ];
    for (const text of bodies) {
      provider.replies.set(TOKEN, () => ({ text }));
      const context = machine({ env: { CODEMIE_DEBUG: 'true' } });
      const error = await failureOf(byBrowser(context, provider));
      expect(['SIGN_IN_FAILED', 'RESPONSE_TOO_LARGE']).toContain(error.code);
      const causes: string[] = [];
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
        causes.push(cause.message);
      expect(`${causes.join()}${context.out.stderr}`).not.toContain('leak');
    }
  });

  it.each([301, 302, 303, 307, 308])('S16: a %i of the token endpoint is not followed', async (status) => {
    const provider = await fakeProvider();
    provider.replies.set(TOKEN, () => ({ status, headers: { location: `${provider.url}/elsewhere` } }));
    expect((await failureOf(byBrowser(machine(), provider))).code).toBe('SIGN_IN_FAILED');
    expect(provider.count('/elsewhere')).toBe(0);
  });

  it('S16: a redirect of the device or metadata endpoint is not followed either', async () => {
    const provider = await fakeProvider();
    const away = () => ({ status: 307, headers: { location: `${provider.url}/elsewhere` } });
    provider.replies.set('/realm/device', away);
    expect((await failureOf(byDevice(machine(), provider))).code).toBe('SIGN_IN_FAILED');
    provider.replies.set('/realm/.well-known/openid-configuration', away);
    expect((await failureOf(byBrowser(machine(), provider))).code).toBe('ISSUER_INVALID');
    expect(provider.count('/elsewhere')).toBe(0);
  });

  it('a provider that is down is unreachable (5), and one that refuses gives its reason', async () => {
    const provider = await fakeProvider();
    for (const status of [429, 500, 503]) {
      provider.replies.set(TOKEN, () => ({ status, text: 'out of order' }));
      expect((await failureOf(byBrowser(machine(), provider))).exit).toBe('unreachable');
    }
    const body = { error: 'invalid_client', error_description: 'Client is disabled.' };
    provider.replies.set(TOKEN, () => ({ status: 400, body }));
    expect((await failureOf(byBrowser(machine(), provider))).message).toContain(
      'invalid_client: Client is disabled.',
    );
  });

  it('is requested only through the context', async () => {
    const provider = await fakeProvider();
    const http = createHttp({
      userAgent: 'seen-by-the-provider/1',
      ca: () => undefined,
      env: {},
      sleep: async () => undefined,
      elapsed: elapsedMs,
    });
    const { fetchOver } = await import('../../../src/net/fetch.ts');
    await byBrowser(machine({ override: { fetch: fetchOver(http) } }), provider);
    const ours = provider.seen.filter(({ path }) => path !== '/realm/auth');
    expect(new Set(ours.map(({ headers }) => String(headers['user-agent'])))).toEqual(
      new Set(['seen-by-the-provider/1']),
    );
  });
});
