import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/file.ts';
import { findAccess } from '../../../src/credentials/find/find-access.ts';
import { failureOf } from '../../sign-in/support.ts';
import { codemie } from '../../support/commands.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { platformJwt, type RealPlatform, realPlatform, SAID } from '../../support/real-platform.ts';
import { expectShape } from '../../support/schemas.ts';

const withToken = (platform: RealPlatform, token = platformJwt()): TestContext =>
  testContext({ env: { CODEMIE_URL: platform.url, CODEMIE_JWT_TOKEN: token } });

async function status(context: TestContext): Promise<Record<string, unknown>> {
  const before = context.out.stdout.length;
  const code = await codemie(context, 'profile', 'status', '--json');
  return { code, ...expectShape('profile-status', context.out.stdout.slice(before)) };
}

/** A user who pipes a token into `profile login --with-token`. */
function login(platform: RealPlatform, ...flags: string[]) {
  const context = testContext();
  context.type(`${platformJwt()}\n`);
  context.endInput();
  const own = ['--url', platform.url, '--store', 'plaintext-file', '--with-token', ...flags];
  return { context, done: codemie(context, 'profile', 'login', ...own) };
}

describe('profile status when the platform rejects the credential', () => {
  it('a deactivated account is reported as such, without advice to sign in again', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID.deactivated);
    const report = await status(withToken(platform));
    expect(report).toMatchObject({
      code: 4,
      state: 'refused',
      hint: expect.stringContaining('administrator'),
    });
    expect(JSON.stringify(report['warnings'])).toContain('Account is deactivated');
    expect(JSON.stringify(report)).not.toContain('profile login');
  });

  it('an outage of the platform’s database is not an expired sign-in', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID.databaseDown);
    const report = await status(withToken(platform));
    expect(report).toMatchObject({ code: 4, state: 'refused' });
    expect(JSON.stringify(report['warnings'])).toContain('This may be temporary');
    expect(JSON.stringify(report)).not.toContain('profile login');
    platform.says.set('/v1/user', SAID.crash);
    expect(await status(withToken(platform))).toMatchObject({ code: 5, state: 'unreachable' });
  });

  it('a URL without the API’s prefix, or of another server, is not a CodeMie platform: exit 5', async () => {
    const platform = await realPlatform();
    for (const instead of [SAID.notFound, SAID.page, { status: 200, body: '"ok"' }]) {
      platform.instead = instead;
      const report = await status(withToken(platform));
      expect(report).toMatchObject({ code: 5, state: 'not-a-platform' });
      expect(JSON.stringify(report['warnings'])).toContain('is not a CodeMie server');
    }
  });

  it.each([
    ['badSignature', 'refused', 'Signature verification failed'],
    ['noUuid', 'refused', 'User ID must be a valid UUID'],
    ['expired', 'expired', 'JWT has expired'],
    ['notAdmin', 'refused', 'requires administrator'],
  ] as const)('%s reads as "%s", with the server’s own reason', async (said, state, reason) => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID[said]);
    const report = await status(withToken(platform));
    expect(report).toMatchObject({ code: 4, state });
    expect(JSON.stringify(report['warnings'])).toContain(reason);
  });
});

describe('profile login when the platform rejects the credential', () => {
  it.each([
    ['deactivated', 'ACCOUNT_DEACTIVATED', 'denied', 'Account is deactivated', /administrator/],
    ['unverified', 'ACCOUNT_UNVERIFIED', 'denied', 'Email not verified', /message|administrator/],
    ['badSignature', 'AUTH_REFUSED', 'auth', 'Invalid JWT', /Get a token/],
    ['noUuid', 'AUTH_REFUSED', 'auth', 'must be a valid UUID', /Get a token/],
    ['notFound', 'NOT_A_PLATFORM', 'unreachable', 'answered HTTP 404', /--url/],
    ['page', 'NOT_A_PLATFORM', 'unreachable', 'web page', /--url/],
  ] as const)(
    '%s: never "Signed in", the reason is told and nothing is kept',
    async (said, expectedCode, expectedExit, reason, advice) => {
      const platform = await realPlatform();
      platform.says.set('/v1/user', SAID[said]);
      const { context, done } = login(platform);
      const { code, exit, message, hint } = await failureOf(done);
      expect([code, exit, message, hint]).toEqual([
        expectedCode,
        expectedExit,
        expect.stringContaining(reason),
        expect.stringMatching(advice),
      ]);
      expect(message).toContain('Nothing was saved');
      expect(context.out.stderr).not.toContain('Signed in');
      expect(readConfig(context.home).profiles).toEqual({});
    },
  );

  it.each(['databaseDown', 'crash'] as const)(
    '%s: the new credential is kept, and reported as not verified',
    async (said) => {
      const platform = await realPlatform();
      platform.says.set('/v1/user', SAID[said]);
      const { context, done } = login(platform);
      expect(await done).toBe(0);
      expect(context.out.stderr).not.toContain('Signed in');
      expect(context.out.stderr).toMatch(/Saved, but not verified: .*may be temporary/);
      platform.says.clear();
      expect(await status(context)).toMatchObject({ code: 0, state: 'valid' });
    },
  );

  it('--json says whether it was verified', async () => {
    const platform = await realPlatform();
    const good = login(platform, '--json');
    await good.done;
    expect(expectShape('profile-login', good.context.out.stdout)).toMatchObject({ verified: true });
    platform.says.set('/v1/user', SAID.databaseDown);
    const kept = login(platform, '--json');
    await kept.done;
    const report = expectShape('profile-login', kept.context.out.stdout);
    expect(report).toMatchObject({
      verified: false,
      warnings: [expect.stringContaining('may be temporary')],
    });
  });

  it('a stored credential survives an outage', async () => {
    const platform = await realPlatform();
    const { context, done } = login(platform);
    await done;
    platform.says.set('/v1/user', SAID.databaseDown);
    await status(context);
    expect((await findAccess(context, {})).state).toBe('found');
  });
});

describe('a platform without accounts, which uses the token as the user’s name', () => {
  it('profile status prints no token, in text or JSON', async () => {
    const platform = await realPlatform({ idpProvider: 'local' });
    const token = platformJwt();
    platform.user = { user_id: `Bearer ${token}`, name: `Bearer ${token}`, email: `Bearer ${token}` };
    for (const flags of [[], ['--json']]) {
      const context = withToken(platform, token);
      expect(await codemie(context, 'profile', 'status', ...flags)).toBe(0);
      expect(context.out.stdout).toContain('Bearer [redacted]');
      expect(`${context.out.stdout}${context.out.stderr}`).not.toContain('eyJ');
    }
  });

  it('profile login and the settings file do not contain it either', async () => {
    const platform = await realPlatform();
    platform.user = { user_id: `Bearer ${platformJwt()}`, name: `Bearer ${platformJwt()}` };
    const { context, done } = login(platform, '--json');
    await done;
    const written = JSON.stringify(readConfig(context.home));
    expect(`${context.out.stdout}${context.out.stderr}${written}`).not.toContain('eyJ');
  });
});
