import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Check, ok } from '../../../src/doctor/check.ts';
import { type CheckResult, examine } from '../../../src/doctor/examine.ts';
import { failureOf } from '../../sign-in/support.ts';
import { codemie } from '../../support/commands.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { platformJwt, type RealPlatform, realPlatform, SAID } from '../../support/real-platform.ts';
import { expectShape } from '../../support/schemas.ts';

const CHECKS = 'config,network,tls,clock,credential,platform,account,model-routes';

function machineAt(platform: RealPlatform, token: string | undefined = platformJwt()): TestContext {
  return testContext({ env: { CODEMIE_URL: platform.url, CODEMIE_JWT_TOKEN: token } });
}

async function doctor(context: TestContext): Promise<{ code: unknown; cause: unknown } & Checks> {
  const code = await codemie(context, 'doctor', '--json', '--only', CHECKS);
  const { cause, checks } = expectShape<{ cause: string; checks: CheckResult[] }>(
    'doctor',
    context.out.stdout,
  );
  const of = (id: string) => {
    const check = checks.find((entry) => entry.id === id);
    if (check === undefined) throw new Error(`no check ${id}`);
    return check;
  };
  return { code, cause, of };
}

interface Checks {
  readonly of: (id: string) => CheckResult;
}

describe('doctor at a platform whose whole API is guarded', () => {
  it('checks with the credential, and finds no problem', async () => {
    const platform = await realPlatform({ guarded: true });
    const { code, of } = await doctor(machineAt(platform));
    expect([code, of('platform').status, of('account').status]).toEqual([0, 'ok', 'ok']);
    expect(of('platform').detail).toMatch(/CodeMie 2\.42\.0 is healthy .*only after you sign in/);
  });

  it('says that it answers only after you sign in, and does not call the credential rejected', async () => {
    const platform = await realPlatform({ guarded: true });
    const context = testContext({ env: { CODEMIE_URL: platform.url } });
    const { of } = await doctor(context);
    expect(of('platform')).toMatchObject({
      status: 'skip',
      detail: expect.stringContaining("can't be checked until you sign in"),
    });
    expect(context.out.stdout).not.toContain('AUTH_REFUSED');
  });
});

describe('doctor at a platform that says no', () => {
  it('a deactivated account: shows the reason, and to ask an administrator', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID.deactivated);
    const { code, cause, of } = await doctor(machineAt(platform));
    expect([code, cause]).toEqual([1, 'account']);
    expect(of('account')).toMatchObject({
      detail: expect.stringContaining('Account is deactivated'),
      hints: [expect.stringContaining('administrator')],
    });
  });

  it('a database outage is the platform’s problem, not the credential’s', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID.databaseDown);
    const { cause, of } = await doctor(machineAt(platform));
    expect([cause, of('credential').status]).toEqual(['account', 'ok']);
    expect(of('account').detail).toContain('This may be temporary');
  });

  it('a minimum client version is reported before an agent runs into it', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/models', SAID.tooOld);
    const { code, cause, of } = await doctor(machineAt(platform));
    expect([code, cause]).toEqual([1, 'model-routes']);
    expect(of('model-routes')).toMatchObject({
      detail: expect.stringContaining('Unsupported CodeMie CLI version'),
      fix: [expect.stringContaining('npm install')],
      hints: [expect.stringContaining('CODEMIE_MIN_CLI_VERSION')],
    });
    platform.says.set('/v1/models', SAID.notFound);
    expect((await doctor(machineAt(platform))).of('model-routes')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('no model routes'),
    });
  });

  it('escapes the platform’s control characters, and prints no token', async () => {
    const platform = await realPlatform();
    const token = platformJwt();
    platform.says.set('/v1/info', { status: 200, body: { version: '2\u001b[2J\u202e.42' } });
    platform.user = { email: 'ada\u001b]0;x\u0007@example.com', name: `Bearer ${token}` };
    const context = machineAt(platform, token);
    await codemie(context, 'doctor', '--only', CHECKS);
    expect(context.out.stdout).toContain('is healthy');
    expect(context.out.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|eyJ/);
  });
});

describe('doctor and a token that cannot renew itself', () => {
  const living = (life: number, left: number): string => {
    const exp = Math.floor(Date.now() / 1000) + left;
    return platformJwt({ iat: exp - life, exp });
  };
  const HOUR = 3600;

  it.each([24 * HOUR, HOUR])('a fresh one with a lifetime of %d s needs no action', async (life) => {
    const { of, code } = await doctor(machineAt(await realPlatform(), living(life, life - 1)));
    expect([code, of('credential').fix]).toEqual([0, []]);
    expect(of('credential').detail).toMatch(/expires in [^.]*\. It can't be refreshed\.$/);
  });

  it('one in the last tenth of its lifetime asks for a new one', async () => {
    const { of } = await doctor(machineAt(await realPlatform(), living(24 * HOUR, HOUR)));
    expect(of('credential')).toMatchObject({ status: 'warn', hints: ['Get a new token before then'] });
  });

  it('one of a local account is replaced by signing in, never at an identity provider', async () => {
    const platform = await realPlatform({ idpProvider: 'local', userManagement: true });
    const context = testContext();
    const exp = Math.floor(Date.now() / 1000) + HOUR;
    context.type(platformJwt({ iss: 'codemie-local', iat: exp - 24 * HOUR, exp }));
    context.endInput();
    const own = ['--url', platform.url, '--store', 'plaintext-file', '--with-token'];
    await codemie(context, 'profile', 'login', ...own);
    const login = `codemie profile login --url ${platform.url}`;
    expect((await doctor(context)).of('credential').fix).toEqual([login]);
    const refresh = await failureOf(codemie(context, 'profile', 'refresh'));
    expect([refresh.code, refresh.fix]).toEqual(['AUTH_NOT_RENEWABLE', login]);
  });
});

describe('stopping doctor', () => {
  const forever: Check = { id: 'x', title: 'X', run: () => new Promise(() => undefined) };
  const many = Array.from({ length: 20 }, (_, i) => ({ ...forever, id: `x${i}` }));
  const quick = many.map((check) => ({ ...check, run: async () => ok('fine') }));

  it('adds one listener for all checks, and removes it: no MaxListenersExceededWarning', async () => {
    const context = testContext();
    const count = () => getEventListeners(context.signal, 'abort').length;
    const done = examine(context, quick, { offline: true });
    expect(count()).toBe(1);
    await done;
    expect(count()).toBe(0);
  });

  it('ends at once', async () => {
    const context = testContext();
    const done = examine(context, many, { offline: true });
    context.stop(new Error('over'));
    await expect(done).rejects.toThrow('over');
  });
});
