import { describe, expect, it } from 'vitest';
import { verificationAddress } from '../../../src/sign-in/oidc/verification-address.ts';
import { interrupted } from '../../../src/system/errors.ts';
import type { TestContext } from '../../support/context.ts';
import { type Answer, type FakeProvider, fakeProvider } from '../../support/fake-provider.ts';
import { byDevice, failureOf, fastClock, machine, s256 } from '../support.ts';

const TOKEN = '/realm/token';
const DEVICE = '/realm/device';
const error = (code: string): Answer => ({ status: 400, body: { error: code } });

/** A machine with a fast clock, and a provider that sends these responses first. */
async function begin(...answers: (Answer | undefined)[]) {
  const provider = await fakeProvider();
  const clock = fastClock();
  const context = machine({ override: { clock } });
  provider.replies.set(TOKEN, () => answers.shift());
  return { provider, clock, context };
}

function bend(provider: FakeProvider, fields: Record<string, unknown>): void {
  const body = {
    device_code: 'device-1',
    user_code: 'WDJB-MJHT',
    verification_uri: `${provider.issuer}/connect`,
    expires_in: 600,
    ...fields,
  };
  const text = JSON.stringify(Object.fromEntries(Object.entries(body).filter(([, v]) => v !== undefined)));
  provider.replies.set(DEVICE, () => ({ text }));
}

const lines = (context: TestContext): string[] => context.out.stderr.trimEnd().split('\n');

describe('the device flow', () => {
  it('S18: shows the plain address, the code, the complete address and the warning on separate lines', async () => {
    const { provider, context } = await begin(error('authorization_pending'));
    const credential = await byDevice(context, provider);
    expect(credential).toMatchObject({ kind: 'oidc', identity: { id: 'u-1' }, issuer: provider.issuer });
    expect(lines(context)).toEqual([
      'On any device, open this link:',
      `${provider.issuer}/connect`,
      'Enter this code: WDJB-MJHT',
      'Or use this link (code included):',
      `${provider.issuer}/connect?user_code=WDJB-MJHT`,
      'Only approve this if you started it. Approving gives this terminal access to your account.',
      'Waiting for approval… (code expires in 10 min)',
    ]);
    expect(context.opened).toEqual([]);
  });

  it('sends PKCE with the device request and its verifier with every poll', async () => {
    const { provider, context } = await begin(error('authorization_pending'));
    await byDevice(context, provider, { resource: 'https://codemie.example.com' });
    const begun = provider.seen.find(({ path }) => path === DEVICE)?.params;
    expect(begun?.get('code_challenge_method')).toBe('S256');
    expect(begun?.get('scope')).toBe('openid profile email offline_access');
    expect(begun?.get('resource')).toBe('https://codemie.example.com');
    const polls = provider.seen.filter(({ path }) => path === TOKEN).map(({ params }) => params);
    expect(polls).toHaveLength(2);
    for (const poll of polls) {
      expect(s256(poll.get('code_verifier') ?? '')).toBe(begun?.get('code_challenge'));
      expect(poll.get('device_code')).toBe('device-1');
    }
  });

  it('S17: waits for the interval before each poll, and slow_down adds 5 s permanently', async () => {
    const pending = error('authorization_pending');
    const { provider, context, clock } = await begin(
      pending,
      error('slow_down'),
      pending,
      error('slow_down'),
      pending,
    );
    await byDevice(context, provider);
    expect(clock.sleeps).toEqual([5000, 5000, 10_000, 10_000, 15_000, 15_000]);
  });

  it.each([
    [undefined, 5000],
    [0, 1000],
    [0.2, 1000],
    [1, 1000],
    [12, 12_000],
    [2 ** 31, 60_000],
    [1e308, 60_000],
    ['7', 5000],
    [-3, 5000],
    [null, 5000],
  ])('S17: an interval of %j means %i ms', async (interval, ms) => {
    const { provider, context, clock } = await begin();
    bend(provider, { interval });
    provider.replies.set(TOKEN, async () => ({
      body: {
        access_token: 'a-secret-token',
        token_type: 'Bearer',
        id_token: await provider.idToken({}),
      },
    }));
    await byDevice(context, provider);
    expect(clock.sleeps).toEqual([ms]);
  });

  it('S17: retries a lost network at growing intervals, with one message', async () => {
    const { provider, context, clock } = await begin(
      { drop: true },
      { status: 503 },
      { status: 429 },
      error('authorization_pending'),
    );
    await byDevice(context, provider);
    expect(clock.sleeps).toEqual([5000, 10_000, 20_000, 40_000, 5000]);
    expect(context.out.stderr.match(/Couldn't reach the identity provider/g)).toHaveLength(1);
  });

  it('S17: a network that stays down ends the wait only when the code expires', async () => {
    const { provider, context, clock } = await begin();
    provider.replies.set(TOKEN, () => ({ drop: true }));
    const failure = await failureOf(byDevice(context, provider));
    expect([failure.code, failure.exit]).toEqual(['SIGN_IN_TIMEOUT', 'timeout']);
    expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(600_000);
  });

  it.each([
    ['access_denied', 'SIGN_IN_DENIED', 'denied'],
    ['expired_token', 'SIGN_IN_TIMEOUT', 'timeout'],
    ['invalid_grant', 'SIGN_IN_FAILED', 'failed'],
    ['invalid_client', 'SIGN_IN_FAILED', 'failed'],
  ])('S17: %s ends the sign-in with %s', async (answer, code, exit) => {
    const { provider, context } = await begin(error('authorization_pending'), error(answer));
    const failure = await failureOf(byDevice(context, provider));
    expect([failure.code, failure.exit]).toEqual([code, exit]);
    expect(provider.count(TOKEN)).toBe(2);
  });

  it.each([
    ['the code expires first', { expires_in: 60 }, 900_000, 60_000, 'The code expired'],
    ['--timeout ends first', { expires_in: 600 }, 30_000, 30_000, "You didn't finish signing in within 30 s"],
    [
      'the code has a lifetime of a year',
      { expires_in: 31_536_000 },
      86_400_000,
      1_800_000,
      'The code expired',
    ],
  ])(
    'S17: exits with 7 in time if you do not sign in and %s',
    async (_what, fields, timeoutMs, waited, words) => {
      const { provider, context, clock } = await begin();
      bend(provider, fields);
      provider.replies.set(TOKEN, () => error('authorization_pending'));
      const failure = await failureOf(byDevice(context, provider, { timeoutMs }));
      expect([failure.code, failure.exit]).toEqual(['SIGN_IN_TIMEOUT', 'timeout']);
      expect(failure.message).toContain(words);
      expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(waited);
    },
  );

  it.each([
    ['verification_uri', 'https://evil.example/connect'],
    ['verification_uri_complete', 'https://evil.example/connect?user_code=WDJB-MJHT'],
    ['verification_uri', 'javascript:alert(1)'],
  ])('S18: %s %s is not shown, and nothing is polled', async (name, address) => {
    const { provider, context } = await begin();
    bend(provider, { [name]: address });
    const failure = await failureOf(byDevice(context, provider));
    expect([failure.code, failure.exit]).toEqual(['DEVICE_ADDRESS', 'failed']);
    expect(`${context.out.stderr}${failure.message}`).not.toContain(address);
    expect(provider.count(TOKEN)).toBe(0);
  });

  it('S18: a code with control characters is shown without them', async () => {
    const { provider, context } = await begin();
    bend(provider, { user_code: `AB\u001b[2J\u202eCD${'x'.repeat(200)}` });
    provider.replies.set(TOKEN, () => error('access_denied'));
    await failureOf(byDevice(context, provider));
    expect(context.out.stderr).not.toMatch(/[\u001b\u202e]/);
    expect(Math.max(...lines(context).map((line) => line.length))).toBeLessThan(130);
  });

  it('S15: a device response with wrong types is a typed error', async () => {
    for (const fields of [
      { device_code: 5 },
      { user_code: undefined },
      { verification_uri: {} },
      { expires_in: 'x' },
    ]) {
      const { provider, context } = await begin();
      bend(provider, fields);
      expect((await failureOf(byDevice(context, provider))).code).toBe('SIGN_IN_FAILED');
    }
  });

  it('ends at once when the program is interrupted', async () => {
    const provider = await fakeProvider();
    const context = machine();
    const login = byDevice(context, provider);
    await expect.poll(() => context.out.stderr).toContain('Waiting for');
    context.stop(interrupted('SIGTERM'));
    expect((await failureOf(login)).exit).toBe('sigterm');
  });

  it('suggests another method if the client may not use device codes', async () => {
    const { provider, context } = await begin();
    provider.replies.set(DEVICE, () => error('unauthorized_client'));
    expect((await failureOf(byDevice(context, provider))).message).toContain('unauthorized_client');
  });
});

describe('S18: the address where you enter the code', () => {
  const issuer = 'https://sso.example.com/realms/x';
  it.each([
    ['https://sso.example.com/device', 'https://sso.example.com/device'],
    ['https://SSO.example.com:8443/device', 'https://sso.example.com:8443/device'],
    ['https://sso.example.com/\u202ed', 'https://sso.example.com/%E2%80%AEd'],
  ])('%s is shown as %s', (address, shown) => {
    expect(verificationAddress(address, issuer)).toBe(shown);
  });

  it.each([
    'http://sso.example.com/device',
    'https://example.com/device',
    'https://evil.example/https://sso.example.com',
    'https://sso.example.com@evil.example/',
    'https://user:pw@sso.example.com/',
    'https://sso.example.com.evil.example/',
    'https://sso.example.com/\u001b[2J',
    'https://sso.example.com/a b',
    'https://sso.example.com/\n',
    'sso.example.com/device',
    '',
  ])('%j is refused', (address) => {
    expect(() => verificationAddress(address, issuer)).toThrow(/sso\.example\.com/);
  });

  it('accepts a vendor’s page on another host, for that vendor only', () => {
    const page = 'https://microsoft.com/devicelogin';
    expect(verificationAddress(page, 'https://login.microsoftonline.com/t/v2.0')).toBe(page);
    expect(() => verificationAddress(page, issuer)).toThrow();
  });
});
