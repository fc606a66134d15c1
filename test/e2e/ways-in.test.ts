import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { BOB_ID } from '../support/people.ts';
import { eventsOf, IN_ENCRYPTED_FILE, Machine, type Result } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

const errorOf = (result: Result): unknown => [
  result.code,
  (expectShape('error', result.stdout)['error'] as { code: string }).code,
];

interface Visit {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A loopback server that records its visits, closed after the test. */
async function server(answer: (visit: Visit) => readonly [number, unknown]) {
  const visits: Visit[] = [];
  const listener = createServer((request, response) => {
    const visit = { path: request.url ?? '', headers: request.headers };
    visits.push(visit);
    const [status, body] = answer(visit);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, visits };
}

describe('the identity of a pipeline', () => {
  const identityFor = async (audience: string): Promise<string> =>
    (await machine.run(['sandbox', 'token', '--user', 'ada', '--audience', audience])).stdout.trim();

  it.each([
    ['client-assertion', 'client_credentials'],
    ['jwt-bearer', 'jwt-bearer'],
    ['token-exchange', 'token-exchange'],
  ])('is exchanged by %s', async (grant, wire) => {
    const sandbox = await machine.sandbox();
    const env = { CODEMIE_ID_TOKEN: await identityFor(sandbox.issuer) };
    const login = await machine.run(
      [
        'profile',
        'login',
        '--url',
        sandbox.url,
        '--ci',
        '--grant',
        grant,
        '--store',
        'encrypted-file',
        '--json',
      ],
      { env },
    );
    expect(expectShape('profile-login', login.stdout)).toMatchObject({
      kind: 'oidc',
      refreshable: false,
      identity: { email: 'ada@sandbox.example' },
    });
    const tokens = (await eventsOf(sandbox.controlUrl)).filter(({ kind }) => kind === 'token');
    expect(tokens.map(({ grant: name, outcome }) => [name, outcome])).toEqual([[wire, 'ok']]);
    expect((await machine.run(['profile', 'status', '--check'])).code).toBe(0);
  });

  it('comes from GitHub Actions with the issuer as audience, and is requested only on demand', async () => {
    const sandbox = await machine.sandbox();
    const identity = await identityFor(sandbox.issuer);
    const github = await server(() => [200, { value: identity }]);
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token-of-this-job',
    };
    await machine.run(['profile', 'status'], { env: { ...env, CODEMIE_URL: sandbox.url } });
    expect(github.visits).toEqual([]);
    const ci = await machine.run(
      ['profile', 'login', '--url', sandbox.url, '--ci', '--store', 'encrypted-file', '--json'],
      { env },
    );
    expect(ci.code).toBe(0);
    const asked = new URL(github.visits[0]?.path ?? '', github.url);
    expect(asked.searchParams.get('audience')).toBe(sandbox.issuer);
    expect(github.visits[0]?.headers.authorization).toBe('Bearer request-token-of-this-job');
  });

  it('comes from the Buildkite agent with the issuer as audience; a failing or missing agent is reported', async () => {
    const sandbox = await machine.sandbox();
    const file = join(machine.folder, 'identity');
    writeFileSync(file, await identityFor(sandbox.issuer));
    const folder = join(machine.folder, 'buildkite');
    mkdirSync(folder);
    const agent = (source: string): void =>
      writeFileSync(join(folder, 'buildkite-agent'), `#!/bin/sh\n${source}\n`, { mode: 0o755 });
    agent(`echo "$@" > "${folder}/asked"; cat "${file}"`);
    const env = { BUILDKITE: 'true', BUILDKITE_AGENT_ACCESS_TOKEN: 'token-of-this-job' };
    const login = ['profile', 'login', '--url', sandbox.url, '--ci', '--store', 'encrypted-file', '--json'];
    const path = `${folder}${delimiter}${machine.env['PATH']}`;
    const done = await machine.run(login, { env: { ...env, PATH: path } });
    expect([done.code, readFileSync(join(folder, 'asked'), 'utf8')]).toEqual([
      0,
      `oidc request-token --audience ${sandbox.issuer}\n`,
    ]);
    agent('echo "a secret of this job" >&2; exit 1');
    const failed = await machine.run(login, { env: { ...env, PATH: path } });
    expect(errorOf(failed)).toEqual([4, 'CI_IDENTITY']);
    expect(failed.stdout + failed.stderr).not.toContain('a secret');
    expect(errorOf(await machine.run(login, { env }))).toEqual([4, 'CI_IDENTITY']);
  });

  it('runs an agent with nothing stored, and is renewed while the agent runs', async () => {
    const sandbox = await machine.sandbox('--access-token-ttl', '2s');
    const file = join(machine.folder, 'identity');
    writeFileSync(file, await identityFor(sandbox.issuer));
    const path = machine.agent(`
      const settings = JSON.parse(require('node:fs').readFileSync(process.argv[process.argv.indexOf('--settings') + 1], 'utf8'));
      const { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key } = settings.env;
      const ask = async () => (await fetch(url + '/v1/models', { headers: { authorization: 'Bearer ' + key } })).status;
      (async () => {
        const seen = [];
        for (let i = 0; i < 4; i += 1) { seen.push(await ask()); await new Promise((r) => setTimeout(r, 1000)); }
        const leaked = Object.keys(process.env).filter((name) => /ID_TOKEN/.test(name));
        console.log(JSON.stringify({ seen, leaked }));
      })();`);
    const run = await machine.run(['--ci', '--base-url', sandbox.url, '--task', 'x'], {
      bin: 'codemie-claude.js',
      env: { PATH: path, CODEMIE_ID_TOKEN_FILE: file, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of this job' },
    });
    expect([run.code, JSON.parse(run.stdout)]).toEqual([
      0,
      { seen: [200, 200, 200, 200], leaked: ['CODEMIE_ID_TOKEN_FILE'] },
    ]);
    const api = (await eventsOf(sandbox.controlUrl)).filter(({ kind }) => kind === 'model' || kind === 'api');
    expect(api.every(({ status }) => status !== 401)).toBe(true);
    expect(new Set(api.map(({ credential }) => credential)).size).toBeGreaterThan(1);
    expect([...machine.files()].filter(([, text]) => text.includes('"version":2'))).toEqual([]);
  });

  it('is rejected with a reason and exit 4: none offered, another audience, not accepted', async () => {
    const sandbox = await machine.sandbox();
    const login = ['profile', 'login', '--url', sandbox.url, '--ci', '--store', 'encrypted-file', '--json'];
    expect(errorOf(await machine.run(login))).toEqual([4, 'CI_IDENTITY']);
    const elsewhere = await identityFor('https://elsewhere.example');
    expect(errorOf(await machine.run(login, { env: { CODEMIE_ID_TOKEN: elsewhere } }))).toEqual([
      4,
      'CI_IDENTITY',
    ]);
    for (const CODEMIE_ID_TOKEN of ['garbage', 'a.b.c', `Bearer ${elsewhere}`]) {
      const garbage = await machine.run(login, { env: { CODEMIE_ID_TOKEN } });
      expect(errorOf(garbage)).toEqual([4, 'CI_IDENTITY']);
      expect(garbage.stdout).not.toMatch(/garbage|--jwt-token/);
    }
    expect((await eventsOf(sandbox.controlUrl)).filter(({ kind }) => kind === 'token')).toEqual([]);
    const other = await machine.sandbox();
    const foreign = await identityFor(other.issuer);
    const refused = await machine.run([...login, '--audience', other.issuer], {
      env: { CODEMIE_ID_TOKEN: foreign },
    });
    expect(errorOf(refused)).toEqual([4, 'CI_REFUSED']);
    expect(refused.stdout).toContain('token-exchange');
    expect(refused.stdout).not.toContain(foreign);
  });
});

describe('the key of a model provider', () => {
  const KEY = 'sk-test-0123456789abcdefghij';
  const provider = () =>
    server(({ path, headers }) => {
      const key = headers['x-api-key'] ?? headers.authorization?.replace('Bearer ', '');
      if (key !== KEY) return [401, { error: { message: 'bad key' } }];
      return path === '/v1/models' ? [200, { data: [{ id: 'claude-x' }, { id: 'gpt-x' }] }] : [200, { path }];
    });

  it('is read from stdin, tested, stored, shown by status, and used by an agent', async () => {
    const llm = await provider();
    const login = await machine.run(
      [
        'profile',
        'login',
        '--api-key',
        '--provider',
        'litellm',
        '--url',
        llm.url,
        '--profile',
        'llm',
        '--store',
        'encrypted-file',
        '--json',
      ],
      { input: `"${KEY}"\n` },
    );
    expect(expectShape('profile-login', login.stdout)).toMatchObject({ kind: 'api-key', url: llm.url });
    const status = await machine.run(['profile', 'status', '--json']);
    expect(expectShape('profile-status', status.stdout)).toMatchObject({
      state: 'valid',
      kind: 'api-key',
      source: 'store',
      models: [{ id: 'claude-x' }, { id: 'gpt-x' }],
      provider: { name: 'litellm', authMethod: 'api-key' },
    });
    const path = machine.agent(`
      const settings = JSON.parse(require('node:fs').readFileSync(process.argv[process.argv.indexOf('--settings') + 1], 'utf8'));
      const { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_DEFAULT_MODEL: model } = settings.env;
      fetch(url + '/v1/messages', { method: 'POST', body: '{}', headers: { authorization: 'Bearer ' + key } })
        .then(async (answer) => console.log(answer.status, await answer.text(), model));`);
    const run = await machine.run(['--task', 'x'], { bin: 'codemie-claude.js', env: { PATH: path } });
    expect(run.stdout).toBe('200 {"path":"/v1/messages"} claude-x\n');
    const spent = llm.visits.at(-1)?.headers;
    expect(Object.keys(spent ?? {}).filter((name) => name.startsWith('x-codemie'))).toEqual([]);
    expect([...machine.files()].filter(([, text]) => text.includes(KEY)).map(([file]) => file)).toEqual([]);
    expect(machine.output).not.toContain(KEY);
  });

  it('works from CODEMIE_API_KEY without setup, and the provider never gets a platform token', async () => {
    const llm = await provider();
    const env = {
      CODEMIE_PROVIDER: 'anthropic-compatible',
      CODEMIE_BASE_URL: `${llm.url}/v1`,
      CODEMIE_API_KEY: KEY,
    };
    const token = await machine.run(['sandbox', 'token', '--user', 'ada']);
    expect(token.code).not.toBe(0);
    const status = await machine.run(['profile', 'status', '--json'], {
      env: { ...env, CODEMIE_JWT_TOKEN: 'e.e.e' },
    });
    expect(expectShape('profile-status', status.stdout)).toMatchObject({
      state: 'valid',
      sourceName: 'CODEMIE_API_KEY',
    });
    expect(llm.visits.map(({ path, headers }) => [path, headers['x-api-key']])).toEqual([
      ['/v1/models', KEY],
    ]);
    const without = await machine.run(['profile', 'status', '--json'], {
      env: { ...env, CODEMIE_API_KEY: undefined, CODEMIE_JWT_TOKEN: 'e.e.e' },
    });
    expect([without.code, expectShape('profile-status', without.stdout)['state']]).toEqual([4, 'missing']);
    expect(llm.visits).toHaveLength(1);
  });

  it('can be set up with the wizard, without a terminal', async () => {
    const llm = await provider();
    const flags = [
      '--method',
      'api-key',
      '--provider',
      'litellm',
      '--url',
      llm.url,
      '--store',
      'encrypted-file',
    ];
    const setup = await machine.run(['setup', ...flags], { input: `${KEY}\n` });
    expect([setup.code, setup.stderr]).toEqual([0, expect.stringContaining('API key verified (2 models)')]);
    const status = await machine.run(['profile', 'status', '--json']);
    expect(expectShape('profile-status', status.stdout)).toMatchObject({
      state: 'valid',
      url: llm.url,
      provider: { name: 'litellm', model: null },
    });
  });

  it('is not stored when the provider rejects it; a wrong agent is reported before it starts', async () => {
    const llm = await provider();
    const login = ['profile', 'login', '--api-key', '--url', llm.url, '--store', 'encrypted-file', '--json'];
    const wrong = await machine.run([...login, '--provider', 'openai-compatible'], {
      input: 'sk-another-key-0000',
    });
    expect(errorOf(wrong)).toEqual([4, 'AUTH_REFUSED']);
    expect(errorOf(await machine.run(login, { input: KEY }))).toEqual([2, 'INPUT_REQUIRED']);
    await machine.run([...login, '--provider', 'openai-compatible'], { input: KEY });
    const run = await machine.run(['--task', 'x'], { bin: 'codemie-claude.js' });
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('AGENT_PROVIDER')]);
  });
});

describe('a sign-in in two calls', () => {
  it('prints what the user must do, says "not yet", and completes; the code is only in the store', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'bob');
    const login = [
      'profile',
      'login',
      '--url',
      sandbox.url,
      '--store',
      'encrypted-file',
      '--non-interactive',
    ];
    const first = await machine.run(login);
    const pending = expectShape<{ directUrl: string; nextStep: string }>(
      'profile-login-pending',
      first.stdout,
    );
    expect(first.code).toBe(0);
    const early = await machine.run([...login, '--json', '--timeout', '100ms']);
    expect(errorOf(early)).toEqual([7, 'SIGN_IN_TIMEOUT']);
    await (await fetch(pending.directUrl)).text();
    const [, ...next] = pending.nextStep.split(' ');
    const second = await machine.run(next);
    expect(expectShape('profile-login', second.stdout)).toMatchObject({
      identity: { id: BOB_ID },
      refreshable: true,
    });
    const again = await machine.run(login);
    expect(expectShape('profile-login-pending', again.stdout)['status']).toBe('pending');
  });

  it('needs an OpenID provider, and a persistent store', async () => {
    const own = await machine.sandbox('--sign-in', 'local');
    const flags = ['--non-interactive', '--json'];
    const local = await machine.run([
      'profile',
      'login',
      '--url',
      own.url,
      '--store',
      'encrypted-file',
      ...flags,
    ]);
    expect(errorOf(local)).toEqual([1, 'SIGN_IN_UNSUPPORTED']);
  });
});

describe('the sign-in method', () => {
  it('can be forced, says which and why, and excludes the others', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const said = await machine.signIn(sandbox.url);
    expect(said.stderr).toContain(`Signing in with ${new URL(sandbox.issuer).host}…`);
    const local = await machine.signIn(sandbox.url, '--method', 'local', '--json');
    expect(errorOf(local)).toEqual([2, 'INPUT_REQUIRED']);
    expect(errorOf(await machine.signIn(sandbox.url, '--ci', '--device', '--json'))).toEqual([2, 'USAGE']);
    const unsafe = await machine.run([
      'profile',
      'login',
      '--url',
      sandbox.url,
      '--insecure-storage',
      '--json',
    ]);
    expect(expectShape('profile-login', unsafe.stdout)).toMatchObject({ store: 'plaintext-file' });
  });
});

describe('setup with a token of an environment variable', () => {
  it('tries only the given variable', async () => {
    const { url } = await machine.sandbox();
    const token = (await machine.run(['sandbox', 'token', '--user', 'ada', '--ttl', '1h'])).stdout.trim();
    const setup = (profile: string, env: Record<string, string>): Promise<Result> =>
      machine.run(
        ['setup', '--method', 'bearer', '--url', url, '--profile', profile, '--token-env', profile],
        {
          env,
        },
      );
    expect((await setup('FIRST', { FIRST: token })).code).toBe(0);
    const others = { FIRST: 'no token', CODEMIE_JWT_TOKEN: 'none either' };
    const second = await setup('SECOND', { ...others, SECOND: token });
    expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('SECOND is set')]);
    const third = await setup('THIRD', { ...others, FIRST: token, THIRD: 'a.b' });
    expect([third.code, third.stderr]).toEqual([4, expect.stringContaining('AUTH_MALFORMED')]);
  });
});

describe('what the existing CLI wrote into the settings', () => {
  const KEY = 'sk-old-0123456789abcdefghij';
  const settings = (): void => {
    mkdirSync(machine.home, { recursive: true });
    writeFileSync(
      join(machine.home, 'codemie-cli.config.json'),
      JSON.stringify({
        version: 2,
        activeProfile: 'llm',
        profiles: {
          llm: { provider: 'openai', apiKey: KEY, model: 'gpt-5', somethingElse: { kept: true } },
          sso: { provider: 'ai-run-sso', codeMieUrl: 'https://h.example', apiKey: 'sso-provided' },
        },
      }),
    );
  };

  it('is copied when you check who is signed in, is reported once, and stays so that you can go back', async () => {
    settings();
    const path = join(machine.home, 'codemie-cli.config.json');
    const before = JSON.parse(readFileSync(path, 'utf8'));
    const first = await machine.run(['profile', 'status', '--json', '--offline']);
    expect(expectShape('profile-status', first.stdout)).toMatchObject({
      kind: 'api-key',
      store: 'encrypted-file',
    });
    expect(first.stderr).toContain(
      'Copied from the existing CodeMie CLI to your credential store (encrypted-file)',
    );
    expect(first.stderr).toContain(
      `still readable in ${path}. To remove them: codemie config remove-old-secrets`,
    );
    expect((await machine.run(['profile', 'list'])).stderr).toBe('');
    const { credential, ...llm } = JSON.parse(readFileSync(path, 'utf8')).profiles.llm;
    expect(credential).toMatchObject({ store: 'encrypted-file' });
    expect({ name: 'llm', ...before.profiles.llm }).toEqual(llm);
    const removed = await machine.run(['config', 'remove-old-secrets', '--yes', '--json']);
    expect(expectShape('config-remove-old-secrets', removed.stdout)).toMatchObject({ removed: [path] });
    expect([...machine.files()].filter(([, text]) => text.includes(KEY))).toEqual([]);
    const after = await machine.run(['profile', 'status', '--json', '--offline']);
    expect(JSON.parse(after.stdout)).toMatchObject({ kind: 'api-key', state: 'unverified' });
  });

  it.each([
    ['token', ['token'], 'codemie.js'],
    ['doctor', ['doctor', '--offline'], 'codemie.js'],
    ['a launch', ['--task', 'x'], 'codemie-claude.js'],
  ])('%s changes none of it', async (_name, args, bin) => {
    settings();
    mkdirSync(join(machine.home, 'credentials'));
    writeFileSync(join(machine.home, 'sso-credentials.enc'), 'of the existing CLI');
    writeFileSync(join(machine.home, 'credentials', 'jwt-credentials.enc'), 'of the existing CLI');
    const tree = (): string[] =>
      [...machine.files()]
        .filter(([path]) => /codemie-cli|\.enc$|imported/.test(path))
        .map(([path, text]) => `${path}: ${text}`)
        .sort();
    const before = tree();
    const { stderr } = await machine.run(args, { bin });
    expect(tree()).toEqual(before);
    expect(stderr).not.toContain('Copied');
    if (bin !== 'codemie.js') expect(stderr).toContain('To copy them: codemie profile list');
  });

  it('stays where it is without a store, is reported once, and blocks nothing', async () => {
    settings();
    const env = { CODEMIE_PASSPHRASE: undefined, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
    expect((await machine.run(['profile', 'use', 'sso', '--json'], { env })).code).toBe(0);
    const list = await machine.run(['profile', 'list'], { env });
    expect([list.code, list.stderr]).toEqual([
      0,
      expect.stringContaining('no credential store is available'),
    ]);
    expect((await machine.run(['profile', 'list'], { env })).stderr).toBe('');
    const before = machine.files().get(join(machine.home, 'codemie-cli.config.json'));
    expect(JSON.parse(before ?? '')).toMatchObject({
      activeProfile: 'sso',
      profiles: { llm: { apiKey: KEY } },
    });
    const doctor = await machine.run(['doctor', '--offline']);
    expect(doctor.stdout).toContain('an unencrypted secret');
    expect(machine.files().get(join(machine.home, 'codemie-cli.config.json'))).toBe(before);
    // With a store, the next command copies it.
    expect((await machine.run(['profile', 'list'])).stderr).toContain('Copied');
  });
});

it('moves a credential between stores in one command, without signing out', async () => {
  const sandbox = await machine.sandbox('--auto-approve', 'ada');
  await machine.signIn(sandbox.url, ...IN_ENCRYPTED_FILE);
  const moved = await machine.run(['profile', 'move', '--to', 'plaintext-file', '--json']);
  expect(expectShape('profile-move', moved.stdout)).toEqual({
    schemaVersion: 1,
    from: 'encrypted-file',
    to: 'plaintext-file',
    profiles: ['default'],
  });
  expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
  const back = await machine.run(['profile', 'move', '--to', 'encrypted-file', '--json']);
  expect(back.code).toBe(0);
  expect((await machine.run(['profile', 'status', '--check'])).code).toBe(0);
  expect([...machine.files()].filter(([, text]) => text.includes('"accessToken"'))).toEqual([]);
  await machine.run(['profile', 'logout']);
  expect(errorOf(await machine.run(['profile', 'move', '--to', 'plaintext-file', '--json']))).toEqual([
    4,
    'AUTH_MISSING',
  ]);
});
