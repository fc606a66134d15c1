import { describe, expect, it } from 'vitest';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { failureOf } from '../../sign-in/support.ts';
import { browse } from '../../support/browser.ts';
import { codemie } from '../../support/commands.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { get, post, testGateway } from '../../support/platform.ts';
import { type RealPlatform, realPlatform, SAID } from '../../support/real-platform.ts';

const ADA = 'ada@example.com';
const MODELS = '/v1/llm_models';

/** A user whose browser signs in at a guarded platform. */
function user(): TestContext {
  return testContext({
    env: { BROWSER: 'a-browser' },
    onOpen: async (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
}

const login = (
  context: TestContext,
  platform: RealPlatform,
  ...flags: string[]
): Promise<number | undefined> =>
  codemie(
    context,
    'profile',
    'login',
    '--url',
    platform.url,
    '--store',
    'plaintext-file',
    '--as',
    ADA,
    ...flags,
  );

/** A gateway session that was valid when it was stored; since then every request is answered with `said`. */
async function stored(
  said: (typeof SAID)[keyof typeof SAID],
): Promise<TestContext & { readonly at: RealPlatform }> {
  const at = await realPlatform({ guarded: true });
  const context = user();
  expect(await login(context, at)).toBe(0);
  for (const path of ['/v1/user', MODELS, '/v1/messages']) at.says.set(path, said);
  context.out.stdout = '';
  context.out.stderr = '';
  return Object.assign(context, { at });
}

describe('the hand-off of a deactivated user', () => {
  it.each([
    ['deactivated', 'ACCOUNT_DEACTIVATED'],
    ['unverified', 'ACCOUNT_UNVERIFIED'],
    ['notAdmin', 'ACCESS_DENIED'],
  ] as const)('ends the wait at once (%s)', async (said, code) => {
    const platform = await realPlatform({ guarded: true });
    platform.says.set('/v1/user', SAID[said]);
    const context = user();
    const error = await failureOf(login(context, platform, '--timeout', '20s'));
    expect([error.code, error.exit]).toEqual([code, 'denied']);
    expect(error.message).toContain('Nothing was saved');
    expect(context.out.stderr).not.toContain('Still waiting');
  });
});

describe('a stored session of a deactivated user', () => {
  it('profile status names the account and an administrator, and does not call it expired', async () => {
    const context = await stored(SAID.deactivated);
    expect(await codemie(context, 'profile', 'status')).toBe(4);
    expect(context.out.stdout).toContain('Account is deactivated');
    expect(context.out.stdout).toMatch(/Hint: +Ask your CodeMie administrator/);
    expect(context.out.stdout).toMatch(/Status: +rejected by the server$/m);
    expect(context.out.stdout).not.toMatch(/has expired|profile login|not expired/);
  });

  it('doctor and a launch say the same', async () => {
    const context = await stored(SAID.deactivated);
    await codemie(context, 'doctor');
    expect(context.out.stdout).toContain('Account is deactivated');
    expect(context.out.stdout).not.toMatch(/what lies behind|profile login/);
    const { modelsOf } = await import('../../../src/platform-api/models.ts');
    const error = await failureOf(modelsOf(context, await openAccess(context, {})));
    expect([error.code, error.exit]).toEqual(['ACCOUNT_DEACTIVATED', 'denied']);
  });

  it('the gateway does not renew for them', async () => {
    const context = await stored(SAID.deactivated);
    const gateway = await testGateway(context.at.url, await openAccess(context, {}), context);
    const before = context.at.asked.filter((path) => path === '/oauth2/auth').length;
    const { status, body } = await post(gateway, '/v1/messages');
    expect([status, body]).toEqual([401, expect.stringContaining('Account is deactivated')]);
    expect(context.at.asked.filter((path) => path === '/oauth2/auth').length).toBe(before);
    expect((await get(gateway, '/status')).body).toContain('administrator');
  });
});

describe('a stored session while the database of the platform is down', () => {
  it('may be temporary: profile status says so, and suggests signing in only second', async () => {
    const context = await stored(SAID.databaseDown);
    expect(await codemie(context, 'profile', 'status')).toBe(4);
    expect(context.out.stdout).toMatch(/This may be temporary.*database is down.*your session has expired/);
    expect(context.out.stdout).toMatch(
      /Fix: +codemie profile login --url[\s\S]*Hint: +Try again in a few minutes\. If it happens again, sign in again\./,
    );
    expect(context.out.stdout).not.toMatch(/not expired|what lies behind/);
    context.at.says.clear();
    expect(await codemie(context, 'profile', 'status')).toBe(0);
  });

  it('doctor does not blame the credential', async () => {
    const context = await stored(SAID.databaseDown);
    await codemie(context, 'doctor');
    expect(context.out.stdout).toContain('This may be temporary');
    expect(context.out.stdout).not.toContain('what lies behind');
  });

  it('the gateway says so, too', async () => {
    const context = await stored(SAID.databaseDown);
    const gateway = await testGateway(context.at.url, await openAccess(context, {}), context);
    const { status, body } = await post(gateway, '/v1/messages');
    expect(status).toBe(401);
    expect(body).toMatch(/This may be temporary\. If it persists, .*profile login/);
  });
});

it('a session that only the gateway rejects still reads as expired', async () => {
  const context = await stored({ status: 401 } as never);
  const error = await failureOf(
    (async () => {
      const { modelsOf } = await import('../../../src/platform-api/models.ts');
      return modelsOf(context, await openAccess(context, {}));
    })(),
  );
  expect(error.code).toBe('AUTH_NOT_RENEWABLE');
});
