import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { agentOf } from '../support/mcp-agent.ts';
import { Machine, root } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';
import { missingTool } from '../support/tools.ts';

const missing =
  missingTool('dbus-run-session', ['dbus', 'dbus-user-session']) ??
  missingTool('gnome-keyring-daemon', ['gnome-keyring', 'libsecret-1-0']);

let machine: Machine;
let session: ChildProcess | undefined;
beforeEach(() => {
  machine = new Machine();
});
afterEach(async () => {
  await ended();
  await machine.dispose();
});

async function ended(): Promise<void> {
  if (session === undefined) return;
  session.stdin?.end();
  await once(session, 'exit');
  session = undefined;
}

/** A D-Bus session with a keyring daemon, which lives until its input is closed. */
async function keyring(start: string): Promise<void> {
  session = spawn(
    'dbus-run-session',
    ['--', 'sh', '-c', `${start} >/dev/null 2>&1; echo "$DBUS_SESSION_BUS_ADDRESS"; cat >/dev/null`],
    {
      env: machine.env as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const [address] = (await once(createInterface({ input: session.stdout! }), 'line')) as [string];
  machine.env['DBUS_SESSION_BUS_ADDRESS'] = address;
}

const UNLOCKED =
  'printf %s secret-of-the-keyring | gnome-keyring-daemon --unlock --components=secrets --daemonize';

const LOCK = [
  '--session',
  '--print-reply',
  '--dest=org.freedesktop.secrets',
  '/org/freedesktop/secrets',
  'org.freedesktop.Secret.Service.Lock',
  'array:objpath:/org/freedesktop/secrets/collection/login',
];

/** Makes every credential in the keychain look expired, and prints how many there were. */
const EXPIRE = `const keychain = require('keytar');
(async () => {
  const stored = (await keychain.findCredentials('codemie')).filter(({ password }) => password.includes('"expiresAt"'));
  for (const { account, password } of stored)
    await keychain.setPassword('codemie', account, JSON.stringify({ ...JSON.parse(password), expiresAt: Date.now() - 1000 }));
  process.stdout.write(String(stored.length));
})();`;

describe.skipIf(missing !== undefined)('the real keychain (GNOME Keyring)', () => {
  it('login, status, token from a second process, refresh, logout; no file under HOME holds a token', async () => {
    await keyring(UNLOCKED);
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const login = await machine.run(['profile', 'login', '--url', sandbox.url, '--json']);
    expect(login.code, login.stderr + login.stdout).toBe(0);
    expect(expectShape('profile-login', login.stdout)).toMatchObject({ store: 'keychain' });
    const first = (await machine.run(['token'])).stdout.trim();
    expect(first.split('.')).toHaveLength(3);
    const status = await machine.run(['profile', 'status', '--json']);
    expect(expectShape('profile-status', status.stdout)).toMatchObject({
      state: 'valid',
      store: 'keychain',
      sourceName: 'keychain',
    });
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    const second = (await machine.run(['token'])).stdout.trim();
    expect(second).not.toBe(first);
    for (const token of [first, second]) {
      for (const form of [
        token,
        token.split('.')[2] ?? '',
        Buffer.from(token).toString('base64').slice(8, 60),
        [...token].reverse().join('').slice(0, 60),
      ]) {
        for (const [path, content] of machine.files()) expect(content.includes(form), path).toBe(false);
      }
    }
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(expectShape('profile-logout', logout.stdout)).toMatchObject({
      removed: ['default'],
      revoked: 'yes',
    });
    expect((await machine.run(['profile', 'status', '--json'])).code).toBe(4);
  });

  it('three copies of the MCP proxy share one sign-in in the keychain, and logout removes it', async () => {
    await keyring(UNLOCKED);
    const { mcpUrl, controlUrl } = await machine.sandbox('--auto-approve', 'ada');
    const agents = [1, 2, 3].map(() =>
      agentOf(machine.start([mcpUrl, '--persist'], { bin: 'codemie-mcp-proxy.js', input: { open: true } })),
    );
    for (const reply of await Promise.all(agents.map(({ initialize }) => initialize())))
      expect(reply.result?.serverInfo?.name).toBe('codemie-sandbox');
    for (const { child } of agents) child.stdin?.end();
    for (const { ended: exited } of agents) expect(await exited()).toBe(0);
    const events = ((await (await fetch(`${controlUrl}/events`)).json()) as { events: { kind: string }[] })
      .events;
    expect(events.filter(({ kind }) => kind === 'token')).toHaveLength(1);
    for (const [path, text] of machine.files()) expect(text, path).not.toContain('eyJ');
    const list = expectShape('mcp-list', (await machine.run(['mcp', 'list', '--json'])).stdout);
    expect(list['signIns']).toMatchObject([{ server: mcpUrl, store: 'keychain', signedIn: true }]);
    const logout = await machine.run(['mcp', 'logout', mcpUrl, '--json']);
    expect(expectShape('mcp-logout', logout.stdout)).toMatchObject({ removed: [mcpUrl], revoked: 'yes' });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'S19: a missing libsecret is named, with the command that installs it',
    () => {
      const hide = `for library in /usr/lib/*/libsecret-1.so.0; do mount --bind /dev/null "$(readlink -f "$library")"; done`;
      const { status, stdout } = spawnSync(
        'unshare',
        [
          '--mount',
          'sh',
          '-c',
          `${hide}; exec "$@"`,
          'sh',
          process.execPath,
          join(root, 'bin/codemie.js'),
        ].concat(['profile', 'login', '--url', 'http://127.0.0.1:9', '--json']),
        { env: machine.env as NodeJS.ProcessEnv, encoding: 'utf8' },
      );
      expect([status, expectShape('error', stdout)['error']]).toMatchObject([
        8,
        {
          message: expect.stringContaining('libsecret is not installed'),
          fix: ['apt-get install libsecret-1-0 gnome-keyring'],
        },
      ]);
    },
  );

  it('waits three seconds for a keychain that never answers, and then exits', async () => {
    const bus = createServer((socket) => void socket.resume()).listen(join(machine.folder, 'silent-bus'));
    await once(bus, 'listening');
    onTestFinished(() => void bus.close());
    const child = machine.start(['profile', 'login', '--url', 'http://127.0.0.1:9', '--json'], {
      env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(machine.folder, 'silent-bus')}` },
    });
    const result = machine.collect(child);
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const { code, stdout } = await result;
    clearTimeout(late);
    expect([code, expectShape('error', stdout)['error']]).toMatchObject([8, { code: 'STORE_TIMEOUT' }]);
  });

  it('S34: signing out fails while the keyring is locked, and works once it is unlocked', async () => {
    await keyring(UNLOCKED);
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    expect((await machine.run(['profile', 'login', '--url', sandbox.url])).code).toBe(0);
    const locked = spawnSync('dbus-send', LOCK, { env: machine.env as NodeJS.ProcessEnv });
    expect(locked.status).toBe(0);
    for (const command of [['profile', 'status'], ['token'], ['profile', 'logout']]) {
      const result = await machine.run([...command, '--json']);
      expect([result.code, expectShape('error', result.stdout)['error']]).toMatchObject([
        8,
        { code: 'STORE_LOCKED' },
      ]);
    }
    await ended();
    await keyring(UNLOCKED);
    expect((await machine.run(['profile', 'status', '--check'])).code).toBe(0);
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect(expectShape('profile-logout', logout.stdout)).toMatchObject({ revoked: 'yes' });
  });

  it('S19: ten processes share one keychain entry and one renewal', async () => {
    await keyring(UNLOCKED);
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    expect((await machine.run(['profile', 'login', '--url', sandbox.url])).code).toBe(0);
    const expired = spawnSync(process.execPath, ['-e', EXPIRE], {
      cwd: root,
      env: machine.env as NodeJS.ProcessEnv,
      encoding: 'utf8',
    });
    expect([expired.status, expired.stdout], expired.stderr).toEqual([0, '1']);
    const results = await Promise.all(Array.from({ length: 10 }, () => machine.run(['token'])));
    expect(results.map((result) => result.code)).toEqual(Array(10).fill(0));
    const events = (
      (await (await fetch(`${sandbox.controlUrl}/events`)).json()) as { events: { grant?: string }[] }
    ).events;
    expect(events.filter((event) => event.grant === 'refresh_token')).toHaveLength(1);
  });

  it.each([
    ['no D-Bus session', undefined],
    ['a session without a keyring service', 'true'],
    ['a locked keyring', 'gnome-keyring-daemon --start --components=secrets --daemonize'],
  ])('S19: %s is reported with a fix, in seconds, and nothing is written', async (_name, start) => {
    if (start === undefined) machine.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent';
    else await keyring(start);
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const started = Date.now();
    const login = await machine.run(['profile', 'login', '--url', sandbox.url, '--json']);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(login.code, login.stdout).toBe(8);
    const { error } = expectShape<{ error: { code: string; hint: string } }>('error', login.stdout);
    expect(['STORE_UNAVAILABLE', 'STORE_LOCKED', 'STORE_TIMEOUT']).toContain(error.code);
    expect(error.hint).not.toBe('');
  });
});
