import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { browse } from '../support/browser.ts';
import { codemie } from '../support/commands.ts';
import { testContext } from '../support/context.ts';
import { platformJwt, realPlatform, SAID } from '../support/real-platform.ts';
import { failureOf } from './support.ts';

const ADA = 'ada@example.com';
const KEPT = ['--store', 'plaintext-file'];
const LOGIN = ['profile', 'login'];
/** No server listens there. */
const NOWHERE = 'http://127.0.0.1:1';

/** An unconfigured machine without a terminal. If it has a browser, that signs in automatically. */
const empty = (env: Record<string, string> = {}) =>
  testContext({
    env,
    onOpen: async (address) => {
      if (env['BROWSER'] === undefined) return false;
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });

describe('a first setup or sign-in that fails: nothing is saved yet, so the printed hint includes the address', () => {
  it.each([[LOGIN], [['setup']]])('%j with an address that does not respond', async (command) => {
    const error = await failureOf(codemie(empty(), ...command, '--url', NOWHERE, ...KEPT));
    expect([error.code, error.fix]).toEqual(['UNREACHABLE', `codemie doctor --url ${NOWHERE}`]);
  });

  it('setup with a platform that is down', async () => {
    const platform = await realPlatform({ instead: { status: 500, body: {} } });
    const error = await failureOf(codemie(empty(), 'setup', '--url', platform.url, ...KEPT));
    expect(error.fix).toMatch(new RegExp(`codemie doctor --url ${platform.url}$`));
  });

  it('setup with a token while the database is down', async () => {
    const platform = await realPlatform();
    platform.says.set('/v1/user', SAID.databaseDown);
    const context = empty({ CODEMIE_JWT_TOKEN: platformJwt() });
    const error = await failureOf(codemie(context, 'setup', '--url', platform.url));
    expect([error.code, error.fix]).toEqual(['AUTH_UNCERTAIN', `codemie doctor --url ${platform.url}`]);
  });

  it('the hint stays short if a profile holds the address', async () => {
    const platform = await realPlatform();
    const context = empty({ CODEMIE_JWT_TOKEN: platformJwt() });
    await codemie(context, 'setup', '--url', platform.url);
    platform.says.set('/v1/user', SAID.databaseDown);
    const error = await failureOf(codemie(context, 'setup', '--url', platform.url));
    expect(error.fix).toBe('codemie profile status');
  });

  it('codemie doctor --url checks an address without a profile', async () => {
    const platform = await realPlatform();
    const context = empty();
    await codemie(context, 'doctor', '--url', platform.url, '--only', 'network,platform');
    expect(context.out.stdout).toContain('CodeMie 2.42.0');
  });
});

describe('a sign-in with the platform’s own page that cannot be opened', () => {
  it.each([[[...LOGIN, '--as', ADA]], [['setup', '--method', 'sso', '--as', ADA]]])(
    '%j fails at once with INPUT_REQUIRED instead of waiting for two minutes',
    async (command) => {
      const platform = await realPlatform({ guarded: true });
      const error = await failureOf(codemie(empty(), ...command, '--url', platform.url, ...KEPT));
      expect([error.code, error.exit]).toEqual(['INPUT_REQUIRED', 'usage']);
      expect(error.fix).toMatch(
        new RegExp(`profile login.* --url ${platform.url} --as ${ADA} --no-browser$`),
      );
    },
  );

  it.each([
    [{}, ['--no-browser']],
    [{ BROWSER: 'none' }, []],
  ])('waits if you disabled the browser (%j %j), and the hint keeps --as', async (env, flags) => {
    const platform = await realPlatform({ guarded: true });
    const context = testContext({ env });
    const own = ['--url', platform.url, '--as', ADA, '--timeout', '300ms', ...flags, ...KEPT];
    const error = await failureOf(codemie(context, ...LOGIN, ...own));
    expect([error.code, error.fix]).toEqual([
      'SIGN_IN_TIMEOUT',
      `codemie profile login --url ${platform.url} --as ${ADA} --timeout 5m`,
    ]);
    expect(context.out.stderr).toMatch(/^http\S+\/v1\/auth\/login\/\d+$/m);
  });
});

describe('a project that is not yours', () => {
  it.each([LOGIN, ['setup', '--method', 'sso']])(
    '%s: the sign-in is kept, and the hint only asks for a project',
    async (...command) => {
      const platform = await realPlatform({ guarded: true });
      const context = empty({ BROWSER: 'a-browser' });
      const own = ['--url', platform.url, '--as', ADA, '--project', 'nope', ...KEPT];
      const error = await failureOf(codemie(context, ...command, ...own));
      expect([error.code, error.hint]).toEqual([
        'PROJECT_UNKNOWN',
        'Choose one of them with --project NAME.',
      ]);
      expect(readConfig(context.home).profiles['default']?.credential).toBeDefined();
    },
  );
});

it('a password sign-in while the platform is down says that this may pass', async () => {
  const platform = await realPlatform({ idpProvider: 'local', userManagement: true });
  platform.says.set('/v1/local-auth/login', SAID.crash);
  const context = testContext();
  const prompts = async () => ({ input: async () => ADA, password: async () => 'pw' }) as never;
  const terminal = { ...context.terminal, interactive: true, prompts };
  const attended = { ...context, terminal };
  const error = await failureOf(codemie(attended, ...LOGIN, '--url', platform.url, ...KEPT));
  expect(error.message).toBe(
    `${platform.url} answered HTTP 500 to the sign-in: Internal Server Error. This may be temporary.`,
  );
  expect(error.fix).toBe(`codemie doctor --url ${platform.url}`);
});
