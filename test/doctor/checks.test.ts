import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { saveProfile } from '../../src/config/write.ts';
import type { CheckResult } from '../../src/doctor/examine.ts';
import { badNetwork } from '../support/bad-network.ts';
import { outcomeOf } from '../support/commands.ts';
import {
  type TestContext,
  type TestContextOptions,
  temporaryFolder,
  testContext,
} from '../support/context.ts';
import { memoryKeychain } from '../support/keychain.ts';
import { fakePlatform } from '../support/platform.ts';
import { platformJwt, realPlatform, SAID } from '../support/real-platform.ts';
import { expectShape } from '../support/schemas.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';

/** The result of `doctor --only ID`, the same as text and as JSON. */
async function finding(context: TestContext, id: string, ...flags: string[]): Promise<CheckResult> {
  const { code, stdout } = await outcomeOf(context, 'doctor', '--only', id, '--json', ...flags);
  const [check] = expectShape<{ checks: CheckResult[] }>('doctor', stdout).checks;
  if (check === undefined) throw new Error(stdout);
  expect(code).toBe(check.status === 'fail' ? 1 : 0);
  const text = await outcomeOf(context, 'doctor', '--only', id, ...flags);
  expect(text.code).toBe(code);
  expect(text.stdout).toContain(check.title);
  for (const fix of check.fix) expect(text.stdout).toContain(fix);
  return check;
}

const at = (url: string, options: TestContextOptions = {}): TestContext =>
  testContext({ ...options, env: { CODEMIE_URL: url, ...options.env } });

describe('runtime', () => {
  const run = (env: Record<string, string>): Promise<CheckResult> => finding(testContext({ env }), 'runtime');

  it('names the version of Node.js', async () => {
    expect(await run({})).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining(process.versions.node),
    });
  });

  it('warns when certificate checks are disabled, and says how to trust a company’s CA', async () => {
    expect(await run({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toMatchObject({
      status: 'warn',
      fix: ['unset NODE_TLS_REJECT_UNAUTHORIZED'],
      hints: [expect.stringContaining('NODE_EXTRA_CA_CERTS')],
    });
  });

  it('fails when NODE_EXTRA_CA_CERTS names a missing file', async () => {
    expect(await run({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' })).toMatchObject({
      status: 'fail',
      detail: "NODE_EXTRA_CA_CERTS adds nothing: /nowhere/ca.pem doesn't exist.",
      fix: ['unset NODE_EXTRA_CA_CERTS'],
    });
  });

  it('fails when NODE_EXTRA_CA_CERTS names a .cer file as Windows exports it, which Node ignores', async () => {
    const file = join(temporaryFolder(), 'company.cer');
    writeFileSync(file, Buffer.from('30820327', 'hex'));
    expect(await run({ NODE_EXTRA_CA_CERTS: file })).toMatchObject({
      status: 'fail',
      detail: `NODE_EXTRA_CA_CERTS adds nothing: ${file} contains no certificate in PEM form.`,
    });
  });

  it('warns when SSL_CERT_FILE names a missing file', async () => {
    expect(await run({ SSL_CERT_FILE: '/nowhere/ca.pem' })).toMatchObject({
      status: 'warn',
      detail: "SSL_CERT_FILE adds nothing: /nowhere/ca.pem doesn't exist.",
      fix: ['unset SSL_CERT_FILE'],
    });
  });
});

describe('config', () => {
  it('fails when nothing is set up, and says how to start', async () => {
    expect(await finding(testContext(), 'config')).toMatchObject({ status: 'fail', fix: ['codemie setup'] });
  });

  it('fails when the profile has no URL, and names the profile', async () => {
    const context = testContext();
    await saveProfile(context, 'work', { model: 'm' }, { activate: true });
    expect(await finding(context, 'config')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('"work"'),
    });
  });

  it('fails when the file is broken, and names the line', async () => {
    const context = testContext();
    mkdirSync(context.home, { recursive: true });
    writeFileSync(join(context.home, 'codemie-cli.config.json'), '{\n  oops\n}');
    expect(await finding(context, 'config')).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/line 2.*\[CONFIG_BROKEN\]/),
    });
  });

  it('warns about a file that others can read, and --fix restricts it', async () => {
    const context = testContext();
    await saveProfile(context, 'default', { codeMieUrl: NOWHERE }, { activate: true });
    const path = join(context.home, 'codemie-cli.config.json');
    chmodSync(path, 0o644);
    expect(await finding(context, 'config')).toMatchObject({ status: 'warn', fix: [`chmod 600 ${path}`] });
    expect(await finding(context, 'config', '--fix')).toMatchObject({ status: 'ok' });
  });

  it('warns about a secret in plain text', async () => {
    const context = testContext();
    mkdirSync(context.home, { recursive: true, mode: 0o700 });
    const key = 'sk-of-an-older-program-0123456789';
    const profiles = { default: { name: 'default', codeMieUrl: NOWHERE, apiKey: key } };
    const file = JSON.stringify({ version: 2, activeProfile: 'default', profiles });
    writeFileSync(join(context.home, 'codemie-cli.config.json'), file, { mode: 0o600 });
    const found = await finding(context, 'config');
    expect(found).toMatchObject({ status: 'warn', detail: expect.stringContaining('unencrypted secret') });
    expect(JSON.stringify(found)).not.toContain(key);
  });

  it('warns about untrusted settings in the working folder', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, '.git'));
    writeFileSync(join(cwd, '.env'), 'CODEMIE_ISSUER=https://elsewhere.example\n');
    const context = at(NOWHERE, { override: { cwd } });
    expect(await finding(context, 'config')).toMatchObject({ status: 'warn', fix: ['codemie config trust'] });
  });

  it('names the current profile and platform', async () => {
    expect(await finding(at(NOWHERE), 'config')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining(NOWHERE),
    });
  });
});

describe('environment', () => {
  it('names the variables that are set, but not their values', async () => {
    const context = testContext({ env: { CODEMIE_URL: NOWHERE, CODEMIE_API_KEY: 'a-key-of-somebody' } });
    const { status, detail } = await finding(context, 'environment');
    expect([status, detail]).toEqual(['ok', expect.stringContaining('CODEMIE_API_KEY')]);
    expect(detail).not.toContain('a-key-of-somebody');
  });
});

describe('secret-store', () => {
  const entries = new Map<string, string>();
  const keychain = memoryKeychain(entries);
  const stored = async (store: string, options: TestContextOptions = {}): Promise<TestContext> => {
    const context = testContext(options);
    const profile = { codeMieUrl: NOWHERE, credential: { store, id: `${NOWHERE}#ada` } };
    await saveProfile(context, 'default', profile, { activate: true });
    return context;
  };

  it('tests the keychain by writing, reading and deleting, and leaves nothing there', async () => {
    const context = await stored('keychain', { override: { loadKeychain: async () => keychain } });
    expect(await finding(context, 'secret-store')).toMatchObject({ status: 'ok' });
    expect([...entries]).toEqual([]);
  });

  it.each([
    ['locked', 'Cannot get secret of a locked object', 'STORE_LOCKED'],
    ['without a session bus', 'Cannot autolaunch D-Bus without X11 $DISPLAY', 'STORE_UNAVAILABLE'],
  ])('fails when the keychain is %s, with a fix', async (_how, message, code) => {
    const broken = {
      ...keychain,
      setPassword: async () => {
        throw new Error(message);
      },
    };
    const context = await stored('keychain', { override: { loadKeychain: async () => broken } });
    const { status, detail, fix } = await finding(context, 'secret-store');
    expect([status, detail, fix.length > 0]).toEqual(['fail', expect.stringContaining(`[${code}]`), true]);
  });

  it('only warns about a keychain that holds no sign-in', async () => {
    expect(await finding(at(NOWHERE), 'secret-store')).toMatchObject({
      status: 'warn',
      fix: [expect.any(String)],
    });
  });

  it('warns about the plain-text file, and says how to move away from it', async () => {
    expect(await finding(await stored('plaintext-file'), 'secret-store')).toMatchObject({
      status: 'warn',
      fix: ['codemie profile move --to keychain'],
    });
  });

  it('opens the encrypted file with its passphrase', async () => {
    const context = await stored('encrypted-file', { env: { CODEMIE_PASSPHRASE: 'of this test' } });
    expect(await finding(context, 'secret-store')).toMatchObject({ status: 'ok' });
  });
});

describe('network', () => {
  it('connects to the platform', async () => {
    const { url } = await realPlatform();
    expect(await finding(at(url), 'network')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining(new URL(url).host),
    });
  });

  it('fails when nothing listens, and mentions the proxy', async () => {
    expect(await finding(at(NOWHERE), 'network')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('ECONNREFUSED'),
      hints: [expect.stringContaining('VPN'), expect.stringContaining('HTTPS_PROXY')],
    });
  });

  it('fails when the host name is unknown', async () => {
    expect(await finding(at('https://no-such-name.invalid'), 'network')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('no-such-name.invalid'),
    });
  });

  it('names the variable of a proxy that refuses', async () => {
    const proxy = await badNetwork('answers 407');
    const env = { HTTPS_PROXY: `http://ada:pass-0815@${proxy.host}` };
    const found = await finding(at('https://codemie.example', { env }), 'network');
    expect(found).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`${proxy.host} (HTTPS_PROXY)`),
    });
    expect(JSON.stringify(found)).not.toContain('pass-0815');
  });

  it('is skipped offline, and when nothing is configured', async () => {
    expect(await finding(at(NOWHERE), 'network', '--offline')).toMatchObject({
      status: 'skip',
      detail: 'offline',
    });
    expect(await finding(testContext(), 'network')).toMatchObject({ status: 'skip' });
  });
});

describe.skipIf(noOpenssl !== undefined)('tls', () => {
  it('fails for an untrusted certificate, names its issuer, and says what to set', async () => {
    const { url } = await tlsServer();
    expect(await finding(at(url), 'tls')).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/issued by .*x/),
      hints: [expect.stringContaining('codemie config set ca-file')],
    });
  });

  it('warns about a certificate only when it is about to expire', async () => {
    const soon = await tlsServer(2);
    const env = (file: string) => ({ env: { CODEMIE_CA_FILE: file } });
    expect(await finding(at(soon.url, env(soon.file)), 'tls')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('1 day'),
    });
    const later = await tlsServer(90);
    expect(await finding(at(later.url, env(later.file)), 'tls')).toMatchObject({ status: 'ok' });
  });

  it('has nothing to check for this machine itself', async () => {
    expect(await finding(at(NOWHERE), 'tls')).toMatchObject({ status: 'ok' });
  });
});

describe('clock', () => {
  const ahead = async (seconds: number): Promise<CheckResult> => {
    const { url } = await realPlatform();
    const clock = { now: () => Date.now() + seconds * 1000, sleep: async () => undefined };
    return finding(at(url, { override: { clock } }), 'clock');
  };

  it.each([
    [0, 'ok', ''],
    [60, 'warn', 'ahead'],
    [-60, 'warn', 'behind'],
    [3600, 'fail', 'ahead'],
    [-3600, 'fail', 'behind'],
  ])('%d s off the platform’s clock: %s', async (seconds, status, word) => {
    const found = await ahead(seconds);
    expect(found).toMatchObject({ status, detail: expect.stringContaining(word) });
    expect(found.fix.join()).toMatch(status === 'ok' ? /^$/ : /timedatectl/);
  });
});

describe('credential', () => {
  it('fails when you are not signed in, and says how to sign in', async () => {
    const { url } = await realPlatform();
    expect(await finding(at(url), 'credential')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('[AUTH_MISSING]'),
      fix: expect.arrayContaining([expect.stringContaining('codemie profile login')]),
    });
  });

  it('shows its source and owner, and never its value', async () => {
    const { url } = await realPlatform();
    const token = platformJwt({ email: 'ada@example.com' });
    const found = await finding(at(url, { env: { CODEMIE_JWT_TOKEN: token } }), 'credential');
    expect(found).toMatchObject({
      detail: expect.stringMatching(/ada@example\.com, token from CODEMIE_JWT_TOKEN/),
    });
    expect(JSON.stringify(found)).not.toContain(token.split('.')[1]);
  });

  it.each([
    ['has expired', platformJwt({ exp: 1_700_000_000 }), 'AUTH_EXPIRED'],
    ['is none', 'abc', 'AUTH_MALFORMED'],
  ])('fails when the token in the environment %s', async (_how, token, code) => {
    const { url } = await realPlatform();
    const found = await finding(at(url, { env: { CODEMIE_JWT_TOKEN: token } }), 'credential');
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(`[${code}]`) });
  });
});

describe('platform, account and model-routes', () => {
  const signedIn = (url: string): TestContext => at(url, { env: { CODEMIE_JWT_TOKEN: platformJwt() } });

  it('pass on a healthy platform', async () => {
    const { url } = await realPlatform();
    const context = signedIn(url);
    expect(await finding(context, 'platform')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('2.42.0'),
    });
    expect(await finding(context, 'account')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('ada@example.com'),
    });
    expect(await finding(context, 'model-routes')).toMatchObject({ status: 'ok' });
  });

  it('detect that the address is not a CodeMie platform', async () => {
    const { url } = await realPlatform({ instead: SAID.notFound });
    expect(await finding(signedIn(url), 'platform')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('[NOT_A_PLATFORM]'),
    });
  });

  it.each([
    [
      "doesn't have access to any models",
      (platform: Awaited<ReturnType<typeof realPlatform>>) =>
        void platform.says.set('/v1/llm_models', { status: 200, body: [] }),
    ],
    [
      "doesn't have a project",
      (platform: Awaited<ReturnType<typeof realPlatform>>) =>
        void Object.assign(platform.user, { projects: [], applications: [], applications_admin: [] }),
    ],
  ])('warn a user who has %s, and name who can help', async (what, change) => {
    const platform = await realPlatform();
    change(platform);
    expect(await finding(signedIn(platform.url), 'account')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(what),
      hints: [expect.stringContaining('administrator')],
    });
  });

  it('have nothing to check at a model provider', async () => {
    const provider = await fakePlatform((_request, response) => response.writeHead(200).end('{"data":[]}'));
    const context = testContext();
    context.type('a-key-of-this-test');
    context.endInput();
    const login = ['profile', 'login', '--api-key', '--provider', 'litellm', '--url', provider.origin];
    expect((await outcomeOf(context, ...login, '--store', 'plaintext-file')).code).toBe(0);
    for (const id of ['platform', 'model-routes'])
      expect(await finding(context, id)).toMatchObject({
        status: 'skip',
        detail: expect.stringContaining('LiteLLM'),
      });
    expect(await finding(context, 'account')).toMatchObject({ status: 'ok' });
  });
});

describe('loopback', () => {
  it('reaches its own listener', async () => {
    expect(await finding(testContext(), 'loopback')).toMatchObject({ status: 'ok' });
  });
});

describe('agent', () => {
  const writePackage = (folder: string, name: string, version: string): void =>
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version }));

  /** An agent as npm installs it: a link on PATH to a script in its package. */
  const installed = (version: string | undefined): TestContext => {
    const context = testContext();
    const own = join(context.userHome, 'lib', 'claude');
    mkdirSync(own, { recursive: true });
    if (version !== undefined) writePackage(own, '@anthropic-ai/claude-code', version);
    writeFileSync(join(own, 'cli.js'), '', { mode: 0o755 });
    const bin = join(context.userHome, 'bin');
    mkdirSync(bin);
    symlinkSync(join(own, 'cli.js'), join(bin, 'claude'));
    return Object.assign(context, { env: { ...context.env, PATH: [bin, '/nowhere'].join(delimiter) } });
  };

  it('warns when there is none, and says how to install each', async () => {
    const { status, fix } = await finding(testContext({ env: { PATH: '/nowhere' } }), 'agent');
    expect([status, fix.length]).toEqual(['warn', 4]);
    expect(fix).toContain('codemie install claude');
  });

  it('names the installed agents and their versions', async () => {
    expect(await finding(installed('2.1.330'), 'agent')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('Claude Code 2.1.330'),
    });
    expect((await finding(installed(undefined), 'agent')).status).toBe('ok');
  });

  it('warns about an agent older than the tested versions', async () => {
    expect(await finding(installed('1.0.0'), 'agent')).toMatchObject({
      status: 'warn',
      fix: ['npm install -g @anthropic-ai/claude-code@latest'],
    });
  });

  it('does not take the package.json in your home folder for an agent’s, however broken', async () => {
    const context = testContext();
    const bin = join(context.userHome, '.local', 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'claude'), '', { mode: 0o755 });
    const named = { ...context, env: { ...context.env, PATH: bin } };
    for (const text of ['{"name":"my-notes","version":"1.0.0"}', '{', '[]']) {
      writeFileSync(join(context.userHome, 'package.json'), text);
      expect(await finding(named, 'agent')).toMatchObject({
        status: 'ok',
        detail: 'Claude Code (version unknown)',
      });
    }
  });
});

describe('the diagnosis', () => {
  it('names one cause first, with what to do, and omits what it explains', async () => {
    const context = at(NOWHERE, { env: { CODEMIE_JWT_TOKEN: platformJwt() } });
    const ids = 'config,network,tls,clock,platform,account';
    const { code, stdout } = await outcomeOf(context, 'doctor', '--json', '--only', ids);
    const { cause, checks } = expectShape<{ cause: string; checks: CheckResult[] }>('doctor', stdout);
    expect([code, cause]).toEqual([1, 'network']);
    expect(checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'config ok',
      'network fail',
      'tls skip',
      'clock skip',
      'platform skip',
      'account skip',
    ]);
    const text = await outcomeOf(context, 'doctor', '--only', ids);
    expect(text.stdout.split('\n').slice(2, 4)).toEqual([
      expect.stringContaining('Problem: '),
      expect.stringContaining('VPN'),
    ]);
  });

  it('an unknown check is a usage error', async () => {
    expect(await outcomeOf(testContext(), 'doctor', '--only', 'weather')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/weather.*runtime, home, config/s),
    });
  });

  it('--bundle writes a report for support that only the user can read', async () => {
    const context = at(NOWHERE, { env: { CODEMIE_API_KEY: 'a-key-of-somebody' } });
    const { stderr } = await outcomeOf(
      context,
      'doctor',
      '--offline',
      '--only',
      'config',
      '--bundle',
      'report.json',
    );
    expect(stderr).toContain('report.json');
    const { readFileSync, statSync } = await import('node:fs');
    const path = join(context.cwd, 'report.json');
    const text = readFileSync(path, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ schemaVersion: 1, diagnosis: { cause: null } });
    expect([text.includes('a-key-of-somebody'), statSync(path).mode & 0o777]).toEqual([false, 0o600]);
  });
});
