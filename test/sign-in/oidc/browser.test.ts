import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { interrupted } from '../../../src/system/errors.ts';
import { fakeProvider, visit } from '../../support/fake-provider.ts';
import { addressIn, byBrowser, callbackOf, failureOf, machine, s256 } from '../support.ts';

const TOKEN = '/realm/token';

function reaches(address: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(address.port), address.hostname)
      .on('connect', () => resolve(true))
      .on('error', () => resolve(false))
      .on('connect', () => socket.destroy());
  });
}

describe('sign-in by browser', () => {
  it('returns a credential for the platform, and shows a done page at an address without parameters', async () => {
    const provider = await fakeProvider();
    provider.claims = { name: 'Ada\u001b[31m Lovelace', email: 'ada@example.com' };
    const context = machine();
    const credential = await byBrowser(context, provider);
    expect(credential).toMatchObject({
      kind: 'oidc',
      origin: 'https://codemie.example.com',
      issuer: provider.issuer,
      clientId: 'codemie-cli',
      tokenEndpoint: `${provider.issuer}/token`,
      revocationEndpoint: `${provider.issuer}/revoke`,
      identity: { id: 'u-1', name: 'Ada [31m Lovelace', email: 'ada@example.com' },
    });
    expect(credential.accessToken.reveal()).toBe('access-1-secret');
    expect(credential.refreshToken?.reveal()).toBe('refresh-secret-1');
    expect(await context.pages[0]).toContain('You can close this window');
    expect(context.out.stderr).toContain("Your browser should open. If it doesn't, open this link:");
    expect(context.out.stdout).toBe('');
  });

  it('S1: the redirect address is the literal 127.0.0.1', async () => {
    const context = machine();
    await byBrowser(context, await fakeProvider());
    const redirect = new URL(context.opened[0] ?? '').searchParams.get('redirect_uri');
    expect(redirect).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  });

  it('S2: the port is bound before the browser opens', async () => {
    const provider = await fakeProvider();
    let bound: boolean | undefined;
    const context = machine({
      onOpen: async (address) => {
        bound = await reaches(new URL(new URL(address).searchParams.get('redirect_uri') ?? ''));
        void visit(address);
        return true;
      },
    });
    await byBrowser(context, provider);
    expect(bound).toBe(true);
  });

  it('S2: a --callback-port in use exits with 1 before the browser opens, and the error names port and flag', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
    const { port } = taken.address() as { port: number };
    const context = machine();
    const error = await failureOf(byBrowser(context, await fakeProvider(), { callbackPort: port }));
    taken.close();
    expect([error.code, error.exit]).toEqual(['CALLBACK_PORT', 'failed']);
    expect(error.message).toContain(`${port} (--callback-port)`);
    expect(context.opened).toEqual([]);
  });

  it('S4, S6: a stray callback changes nothing, and a second real one causes no second exchange', async () => {
    const provider = await fakeProvider();
    const context = machine({ onOpen: () => true });
    const login = byBrowser(context, provider);
    const address = await addressIn(context);
    const state = address.searchParams.get('state') ?? '';
    const stray = await fetch(callbackOf(address, { error: 'access_denied' }));
    expect(stray.status).toBe(400);
    const genuine = new URL((await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '');
    const [first, second] = await Promise.all(
      [1, 2].map(async () => (await fetch(genuine, { redirect: 'manual' })).status),
    );
    expect([first, second].sort()).toEqual([302, 410]);
    expect(genuine.searchParams.get('state')).toBe(state);
    await login;
    expect(provider.count(TOKEN)).toBe(1);
  });

  it('S5: access_denied exits with 6 and shows the provider’s message, cleaned and shortened', async () => {
    const provider = await fakeProvider();
    provider.redirect = {
      code: undefined,
      error: 'access_denied',
      error_description: `<b>No\u001b[2J</b>\u202e${'x'.repeat(400)}`,
    };
    const context = machine();
    const error = await failureOf(byBrowser(context, provider));
    expect([error.code, error.exit]).toEqual(['SIGN_IN_DENIED', 'denied']);
    expect(error.message.length).toBeLessThan(240);
    expect(error.message).not.toMatch(/[\u0000-\u001f\u202e]/);
    const page = await context.pages[0];
    expect(page).toContain('Sign-in did not complete');
    expect(page).toContain('&#60;b&#62;No');
    expect(provider.count(TOKEN)).toBe(0);
  });

  it('shows another error of the provider, and does not call it a refusal', async () => {
    const provider = await fakeProvider();
    provider.redirect = { code: undefined, error: 'server_error', error_description: 'Out of order' };
    const error = await failureOf(byBrowser(machine(), provider));
    expect([error.code, error.exit]).toEqual(['SIGN_IN_FAILED', 'failed']);
    expect(error.message).toContain('server_error: Out of order');
  });

  it('S9: exits with 7 and closes the listener if you do not sign in', async () => {
    const context = machine({ onOpen: () => true });
    const error = await failureOf(byBrowser(context, await fakeProvider(), { timeoutMs: 80 }));
    expect([error.code, error.exit]).toEqual(['SIGN_IN_TIMEOUT', 'timeout']);
    const redirect = new URL(new URL(context.opened[0] ?? '').searchParams.get('redirect_uri') ?? '');
    expect(await reaches(redirect)).toBe(false);
    expect(context.terminal.stdin.listenerCount('data')).toBe(0);
    expect(context.terminal.stdin.isPaused()).toBe(true);
  });

  it('S9: SIGINT during the wait exits with 130, closes the listener and stores nothing', async () => {
    const context = machine({ onOpen: () => true });
    const login = byBrowser(context, await fakeProvider());
    const address = await addressIn(context);
    context.stop(interrupted('SIGINT'));
    expect((await failureOf(login)).exit).toBe('sigint');
    expect(await reaches(new URL(address.searchParams.get('redirect_uri') ?? ''))).toBe(false);
    expect(readdirSync(context.userHome)).toEqual([]);
  });

  it('S9: SIGINT ends the sign-in at once while the token endpoint does not respond', async () => {
    const provider = await fakeProvider();
    const context = machine();
    provider.replies.set(TOKEN, () => {
      context.stop(interrupted('SIGINT'));
      return new Promise(() => undefined);
    });
    const started = Date.now();
    expect((await failureOf(byBrowser(context, provider))).exit).toBe('sigint');
    expect(Date.now() - started).toBeLessThan(3000);
  });

  it('S10: state, verifier (S256) and nonce are long, new for each attempt, and never stored', async () => {
    const provider = await fakeProvider();
    const seen: Record<string, string>[] = [];
    for (const context of [machine(), machine()]) {
      await byBrowser(context, provider);
      const params = new URL(context.opened[0] ?? '').searchParams;
      const sent = provider.seen.findLast(({ path }) => path === TOKEN)?.params.get('code_verifier') ?? '';
      expect(s256(sent)).toBe(params.get('code_challenge'));
      seen.push({ state: params.get('state') ?? '', nonce: params.get('nonce') ?? '', verifier: sent });
      expect(params.get('code_challenge_method')).toBe('S256');
      expect(params.get('response_type')).toBe('code');
      expect(params.get('scope')).toBe('openid profile email offline_access');
      expect(readdirSync(context.userHome)).toEqual([]);
    }
    for (const { state = '', nonce = '', verifier = '' } of seen) {
      expect(Buffer.from(state, 'base64url').length).toBeGreaterThanOrEqual(16);
      expect(Buffer.from(nonce, 'base64url').length).toBeGreaterThanOrEqual(16);
      expect(verifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/);
    }
    expect(new Set(seen.flatMap((attempt) => Object.values(attempt))).size).toBe(6);
  });

  it.each([
    ['another issuer', 'https://evil.example'],
    ['missing although the metadata promises it', undefined],
  ])('S11: a callback is rejected before any exchange if its iss is %s', async (_what, iss) => {
    const provider = await fakeProvider();
    provider.redirect = { iss };
    const error = await failureOf(byBrowser(machine(), provider));
    expect(error.code).toBe('SIGN_IN_FAILED');
    expect(error.message).toContain('iss');
    expect(provider.count(TOKEN)).toBe(0);
  });

  it('S11: a provider that does not promise iss may omit it', async () => {
    const provider = await fakeProvider();
    provider.metadata = { authorization_response_iss_parameter_supported: undefined };
    provider.redirect = { iss: undefined };
    await expect(byBrowser(machine(), provider)).resolves.toMatchObject({ kind: 'oidc' });
  });

  it('sends resource to both endpoints only if the platform names one', async () => {
    const provider = await fakeProvider();
    await byBrowser(machine(), provider);
    const requests = () => provider.seen.filter(({ path }) => path === '/realm/auth' || path === TOKEN);
    expect(requests().map(({ params }) => params.get('resource'))).toEqual([null, null]);
    await byBrowser(machine(), provider, { resource: 'https://codemie.example.com/api' });
    const named = requests().slice(2);
    expect(named.map(({ params }) => params.get('resource'))).toEqual(
      Array(2).fill('https://codemie.example.com/api'),
    );
  });
});
