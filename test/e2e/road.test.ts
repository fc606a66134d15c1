import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { browse } from '../support/browser.ts';
import { expireStored } from '../support/expire.ts';
import { ADA_ID, BOB_ID } from '../support/people.ts';
import {
  addFault,
  eventsOf,
  IN_ENCRYPTED_FILE,
  lineOf,
  Machine,
  mintToken,
  SIGN_IN_ADDRESS,
} from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

const JWT = /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/;

describe('the whole journey', () => {
  it('login, status, token, refresh, logout, each in its own process, with the documented JSON', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    expectShape('sandbox-ready', sandbox.line);

    const login = await machine.signIn(sandbox.url, '--json', ...IN_ENCRYPTED_FILE);
    expect(login.code).toBe(0);
    expect(expectShape('profile-login', login.stdout)).toMatchObject({
      profile: 'default',
      url: sandbox.url,
      kind: 'oidc',
      refreshable: true,
      identity: { email: 'ada@sandbox.example' },
    });

    const status = await machine.run(['profile', 'status', '--json']);
    expect(status.code).toBe(0);
    const report = expectShape<{ models: { id: string }[] }>('profile-status', status.stdout);
    expect(report).toMatchObject({
      state: 'valid',
      source: 'store',
      store: 'encrypted-file',
      connection: { state: 'ok' },
    });
    expect(report.models.map((model) => model.id)).toContain('claude-opus-4-6-20260205');

    const offline = await machine.run(['profile', 'status', '--json', '--offline']);
    expect(expectShape('profile-status', offline.stdout)).toMatchObject({
      state: 'unverified',
      connection: { state: 'not-checked' },
    });

    const token = await machine.run(['token']);
    expect(token.stdout).toMatch(new RegExp(`^${JWT.source}\n$`));
    expect(token.stderr).toBe('');
    const asJson = await machine.run(['token', '--json']);
    const { expiresAt } = expectShape<{ expiresAt: string }>('token', asJson.stdout);

    const refresh = await machine.run(['profile', 'refresh', '--json']);
    const renewed = expectShape<{ expiresAt: string }>('profile-refresh', refresh.stdout);
    expect(Date.parse(renewed.expiresAt)).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect(refresh.code).toBe(0);

    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(expectShape('profile-logout', logout.stdout)).toEqual({
      schemaVersion: 1,
      removed: ['default'],
      revoked: 'yes',
      ended: [{ kind: 'oidc', profiles: ['default'], revoked: 'yes', sameAccount: [] }],
      warnings: [],
      stopped: [],
    });
    const again = await machine.run(['profile', 'logout', '--json']);
    expect([again.code, expectShape('profile-logout', again.stdout)]).toEqual([
      0,
      { schemaVersion: 1, removed: [], revoked: 'unsupported', stopped: [], ended: [], warnings: [] },
    ]);
    const after = await machine.run(['profile', 'status', '--json']);
    expect([after.code, expectShape('profile-status', after.stdout)['state']]).toEqual([4, 'missing']);
    expect(
      expectShape('sandbox-events', JSON.stringify({ events: await eventsOf(sandbox.controlUrl) })),
    ).toBeTruthy();
  });

  it('signs in by device code', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'bob');
    const child = machine.start([
      'profile',
      'login',
      '--url',
      sandbox.url,
      '--store',
      'encrypted-file',
      '--device',
      '--json',
    ]);
    let stderr = '';
    child.stderr?.on('data', async (chunk) => {
      stderr += chunk;
      const direct = /^http:\/\/\S+user_code=\S+$/m.exec(stderr)?.[0];
      if (direct !== undefined) await fetch(direct);
    });
    const result = await machine.collect(child);
    expect(result.code).toBe(0);
    expect(stderr).toContain('Only approve this if you started it');
    expect(expectShape('profile-login', result.stdout)).toMatchObject({
      identity: { id: BOB_ID },
      refreshable: true,
    });
  });

  it('--no-browser shows the link alone on a line, and a pasted URL or code completes the sign-in', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    for (const paste of ['address', 'code'] as const) {
      const waiting = await waitForAddress(machine, sandbox.url);
      const end = await browse(
        waiting.address,
        (next) => next.startsWith('http://127.0.0.1:') && next.includes('/callback'),
      );
      waiting.child.stdin?.write('this is no answer\n');
      waiting.child.stdin?.write(`${paste === 'address' ? end.href : end.searchParams.get('code')}\n`);
      const result = await waiting.done;
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toContain("That isn't a sign-in link or code");
      expect(result.stderr).toContain('Signed in to');
    }
  });

  it('S27: ten processes with one expired credential renew it exactly once, and all succeed', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    await expireStored(machine);
    const results = await Promise.all(Array.from({ length: 10 }, () => machine.run(['token'])));
    expect(results.map((result) => result.code)).toEqual(Array(10).fill(0));
    expect(new Set(results.map((result) => result.stdout)).size).toBe(1);
    const renewals = (await eventsOf(sandbox.controlUrl)).filter((event) => event.grant === 'refresh_token');
    expect(renewals.map((event) => event.outcome)).toEqual(['ok']);
  });

  it('stores a token from stdin, and uses one from the environment without setup', async () => {
    const sandbox = await machine.sandbox();
    const token = (await machine.run(['sandbox', 'token', '--user', 'bob', '--ttl', '1h'])).stdout.trim();
    const kept = await machine.run(
      ['profile', 'login', '--url', sandbox.url, '--store', 'encrypted-file', '--with-token', '--json'],
      { input: `"Bearer ${token}"\n` },
    );
    expect(kept.code, kept.stderr).toBe(0);
    expect(expectShape('profile-login', kept.stdout)).toMatchObject({
      kind: 'jwt',
      refreshable: false,
      identity: { id: BOB_ID },
    });
    const refresh = await machine.run(['profile', 'refresh', '--json']);
    expect([
      refresh.code,
      expectShape<{ error: { code: string } }>('error', refresh.stdout).error.code,
    ]).toEqual([4, 'AUTH_NOT_RENEWABLE']);

    const bare = new Machine();
    try {
      const status = await bare.run(['profile', 'status', '--json'], {
        env: { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: sandbox.url },
      });
      expect(expectShape('profile-status', status.stdout)).toMatchObject({
        state: 'valid',
        source: 'env',
        sourceName: 'CODEMIE_JWT_TOKEN',
        kind: 'jwt',
      });
    } finally {
      await bare.dispose();
    }
  });
});

describe('states and exit codes', () => {
  it.each([['revoked', { fault: 'revoke-session' }, { fault: 'expire-access' }]])(
    'a session that was %s at the server shows as ended, exit 4',
    async (_name, ...faults) => {
      const sandbox = await machine.sandbox('--auto-approve', 'ada');
      await machine.signIn(sandbox.url);
      for (const fault of faults) await addFault(sandbox.controlUrl, fault);
      const status = await machine.run(['profile', 'status', '--json']);
      expect([status.code, expectShape('profile-status', status.stdout)['state']]).toEqual([4, 'ended']);
      const doctor = await machine.run(['doctor', '--json']);
      expect([doctor.code, expectShape('doctor', doctor.stdout)['cause']]).toEqual([1, 'credential']);
    },
  );

  it.each(['api-401', 'api-403', 'api-302-login', 'api-200-login'])(
    'an expired session that looks like %s causes one renewal',
    async (fault) => {
      const sandbox = await machine.sandbox('--auto-approve', 'ada');
      await machine.signIn(sandbox.url);
      await addFault(sandbox.controlUrl, { fault, count: 1 });
      const status = await machine.run(['profile', 'status', '--json']);
      expect([status.code, expectShape('profile-status', status.stdout)['state']]).toEqual([0, 'valid']);
    },
  );

  it('a platform that is down shows as unreachable, exit 5, and nothing is lost', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    await sandbox.stop();
    const status = await machine.run(['profile', 'status', '--json']);
    expect([status.code, expectShape('profile-status', status.stdout)['state']]).toEqual([5, 'unreachable']);
    const doctor = await machine.run(['doctor', '--json']);
    expect([doctor.code, expectShape('doctor', doctor.stdout)['cause']]).toEqual([1, 'network']);
    const offline = await machine.run(['profile', 'status', '--json', '--offline']);
    expect(offline.code).toBe(0);
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect([logout.code, expectShape('profile-logout', logout.stdout)]).toEqual([
      0,
      {
        schemaVersion: 1,
        removed: ['default'],
        revoked: 'no',
        stopped: [],
        ended: [{ kind: 'oidc', profiles: ['default'], revoked: 'no', sameAccount: [] }],
        warnings: [],
      },
    ]);
  });

  it('doctor names the cause: expired token, wrong URL, broken file', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const setup = await machine.run(['setup', '--url', sandbox.url, '--store', 'encrypted-file']);
    expect(setup.code, setup.stderr).toBe(0);
    const cause = async (env: Record<string, string> = {}): Promise<unknown> => {
      const result = await machine.run(['doctor', '--json'], { env });
      const report = expectShape('doctor', result.stdout);
      expect(result.code).toBe(report['cause'] === null ? 0 : 1);
      return report['cause'];
    };
    expect(await cause()).toBe(null);
    const dead = await mintToken(sandbox.controlUrl, { ttl: -60 });
    expect(await cause({ CODEMIE_JWT_TOKEN: dead })).toBe('credential');
    expect(await cause({ CODEMIE_JWT_TOKEN: 'abc' })).toBe('credential');
    expect(await cause({ CODEMIE_URL: 'http://127.0.0.1:9' })).toBe('network');
    writeFileSync(`${machine.home}/codemie-cli.config.json`, '{\n"version": 2,,\n}');
    expect(await cause()).toBe('config');
  });

  it('doctor --fix restricts files that others could read, and --bundle writes a report without secrets', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url, ...IN_ENCRYPTED_FILE);
    const token = (await machine.run(['token'])).stdout.trim();
    const path = `${machine.home}/codemie-cli.config.json`;
    chmodSync(path, 0o644);
    const result = await machine.run(['doctor', '--fix', '--bundle', 'report.json', '--json'], {
      env: { CODEMIE_API_KEY: 'a-key-of-somebody' },
    });
    expect([result.code, expectShape('doctor', result.stdout)['cause']]).toEqual([0, null]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const report = readFileSync(`${machine.work}/report.json`, 'utf8');
    expect(JSON.parse(report)).toMatchObject({
      schemaVersion: 1,
      profiles: [{ name: 'default', store: 'encrypted-file' }],
      variablesSet: expect.arrayContaining(['CODEMIE_API_KEY']),
    });
    for (const secret of [token, 'a-key-of-somebody', 'passphrase of this test only', `#${ADA_ID}`])
      expect(report).not.toContain(secret);
    expect(statSync(machine.work).mode & 0o777).not.toBe(0o700);
  });

  it('S20: without a keychain, login fails before the browser opens, suggests three fixes, and writes no credential', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const before = (await eventsOf(sandbox.controlUrl)).length;
    const login = await machine.run(['profile', 'login', '--url', sandbox.url, '--json'], {
      env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
    });
    expect(login.code).toBe(8);
    const { error } = expectShape<{ error: { code: string; remedies: string[] } }>('error', login.stdout);
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(error.remedies).toHaveLength(3);
    expect(
      (await eventsOf(sandbox.controlUrl)).slice(before).filter((event) => event.kind !== 'api'),
    ).toEqual([]);
    expect([...machine.files().keys()].filter((path) => path.includes('credentials'))).toEqual([]);
  });

  it.each([
    [['profile', 'login'], 2, 'INPUT_REQUIRED'],
    [['token'], 4, 'AUTH_MISSING'],
    [['profile', 'status', '--profile', 'nope'], 9, 'PROFILE_UNKNOWN'],
    [['profile', 'statsu'], 2, 'USAGE'],
    [['profile', 'status', '--jsn'], 2, 'USAGE'],
    [['profile', 'login', '--url', 'http://codemie.example.com'], 2, 'URL_INSECURE'],
    [['profile', 'login', '--url', 'http://127.0.0.1:9', '--store', 'encrypted-file'], 5, 'UNREACHABLE'],
  ])('%j exits with %d and the code %s, in text and in JSON', async (args, code, name) => {
    const text = await machine.run(args);
    expect([text.code, text.stdout]).toEqual([code, '']);
    expect(text.stderr).toContain(`[${name}]`);
    expect(text.stderr).not.toMatch(/\n\s+at /);
    const json = await machine.run([...args, '--json']);
    expect(json.code).toBe(code);
    expect(expectShape<{ error: { code: string } }>('error', json.stdout).error.code).toBe(name);
    expect(json.stderr).toBe('');
  });
});

/** A login that waits with its stdin open, and the link it shows. */
async function waitForAddress(on: Machine, url: string) {
  const child = on.start(['profile', 'login', '--url', url, '--store', 'encrypted-file', '--no-browser'], {
    input: { open: true },
  });
  const done = on.collect(child);
  const address = await lineOf(child, SIGN_IN_ADDRESS);
  return { child, done, address };
}
