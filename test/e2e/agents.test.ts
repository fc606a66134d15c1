import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CLAIMS, madeToken } from '../support/bad-tokens.ts';
import { isAlive } from '../support/processes.ts';
import { addFault, eventsOf, lineOf, Machine, mintToken } from '../support/program.ts';

let machine: Machine;
let url: string;
let control: string;
let token: string;
beforeEach(async () => {
  machine = new Machine();
  const sandbox = await machine.sandbox('--auto-approve', 'ada');
  url = sandbox.url;
  control = sandbox.controlUrl;
  token = (await machine.run(['sandbox', 'token', '--user', 'ada', '--ttl', '8h'])).stdout.trim();
});
afterEach(() => machine.dispose());

const bin = 'codemie-claude.js';
const MODEL = ['--model', 'claude-sonnet-4-6'];

/** Runs the launcher with a stand-in agent. */
function launch(
  source: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = machine.work,
) {
  return machine.start(['--jwt-token', token, '--base-url', url, ...MODEL, ...args], {
    bin,
    cwd,
    env: { PATH: machine.agent(source), ...env },
  });
}

/** A well-formed token with an unknown issuer and an invalid signature. */
const STRANGER = madeToken({ ...CLAIMS, iss: 'https://other.example' });

const DUMP = `
const fs = require('node:fs');
const at = process.argv.indexOf('--settings');
fs.writeFileSync('dump.json', JSON.stringify({ argv: process.argv.slice(2), env: process.env, settings: JSON.parse(fs.readFileSync(process.argv[at + 1], 'utf8')), settingsFile: process.argv[at + 1],
  mode: fs.statSync(process.argv[at + 1]).mode & 0o777, parent: fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'latin1') }));
`;

function dump(): {
  argv: string[];
  env: Record<string, string>;
  settings: { env: Record<string, string> };
  settingsFile: string;
  mode: number;
} {
  return JSON.parse(readFileSync(join(machine.work, 'dump.json'), 'utf8'));
}

describe('the exit code of the agent', () => {
  it.each([0, 1, 3, 127, 255])('exit code %d is passed on', async (code) => {
    const result = await machine.collect(launch(`process.exit(${code})`, ['--task', 'x']));
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
  });

  it('a death by signal becomes 128 + n', async () => {
    const result = await machine.collect(launch(`process.kill(process.pid, 'SIGKILL')`, ['--task', 'x']));
    expect(result.code).toBe(137);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s reaches the agent and what it started; we end with %d whatever the agent says, and nothing is left',
    async (signal, code) => {
      // An agent that answers the signal with exit 0 and has started a tool that would keep running.
      const source = `
      const { spawn } = require('node:child_process');
      const tool = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      require('node:fs').writeFileSync('pids', process.pid + ' ' + tool.pid);
      process.on('${signal}', () => process.exit(0));
      setInterval(() => {}, 1000);`;
      const child = launch(source, ['--task', 'x']);
      const done = machine.collect(child);
      const pids = join(machine.work, 'pids');
      await until(() => existsSync(pids) && readFileSync(pids, 'utf8').includes(' '));
      child.kill(signal);
      expect((await done).code).toBe(code);
      for (const pid of readFileSync(pids, 'utf8').split(' ').map(Number))
        expect(isAlive(pid), `process ${pid}`).toBe(false);
      expect(readdirSync(machine.folder).filter((name) => name.startsWith('codemie-'))).toEqual([]);
    },
  );

  it('a crash of the launcher is one line without stack or secret, and stops the agent', async () => {
    const fuse = join(machine.folder, 'fuse');
    const bomb = join(machine.folder, 'bomb.mjs');
    const source = `require('node:fs').writeFileSync('pids', process.pid + ' '); setInterval(() => {}, 1000);`;
    await writeFile(
      bomb,
      `import { existsSync, readFileSync } from 'node:fs';
      if (process.argv[1].endsWith('${bin}')) setInterval(() => {
        if (existsSync('${fuse}')) throw new Error('what broke: ' + readFileSync('${fuse}', 'utf8'));
      }, 50);`,
    );
    const child = launch(source, ['--task', 'x', '--silent'], { NODE_OPTIONS: `--import=${bomb}` });
    const done = machine.collect(child);
    const pids = join(machine.work, 'pids');
    await until(() => existsSync(pids) && readFileSync(pids, 'utf8').includes(' '));
    // The file is complete as soon as it exists.
    await writeFile(`${fuse}.new`, token);
    renameSync(`${fuse}.new`, fuse);
    const result = await done;
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toMatch(/^error: .*what broke: \[redacted\] \[INTERNAL\]\n {2}hint: .*\n$/);
    await until(() => !isAlive(Number(readFileSync(pids, 'utf8'))));
  });

  it('SIGKILL to the launcher stops the agent and everything it started', async () => {
    const source = `
      const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['60']);
      // A process without the run's mark and outside its group, which starts another one.
      const apart = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; wait'], { detached: true, env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
      apart.stdout.once('data', (below) =>
        require('node:fs').writeFileSync('pids', [process.pid, child.pid, apart.pid, String(below).trim()].join(' ')));
      setInterval(() => undefined, 1000);`;
    const child = launch(source, ['--task', 'x']);
    const ended = machine.collect(child);
    const pids = join(machine.work, 'pids');
    await expect
      .poll(() => existsSync(pids) && readFileSync(pids, 'utf8'), { timeout: 10_000 })
      .toMatch(/(\d+ ){3}\d+/);
    child.kill('SIGKILL');
    for (const pid of readFileSync(pids, 'utf8').split(' ').map(Number))
      await expect.poll(() => isAlive(pid), { timeout: 8000 }).toBe(false);
    await ended;
    const left = () => readdirSync(machine.folder).filter((name) => /^codemie-\d+-\w{6}$/.test(name));
    await expect.poll(left, { timeout: 5000 }).toEqual([]);
  });

  it('--timeout stops an agent that hangs', async () => {
    const result = await machine.collect(
      launch('setInterval(() => {}, 1000)', ['--task', 'x', '--timeout', '1s']),
    );
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('AGENT_TIMEOUT');
  });

  it('CODEMIE_TIMEOUT, which people set for one request, ends no agent', async () => {
    machine.env['CODEMIE_TIMEOUT'] = '0.2';
    const result = await machine.collect(launch('setTimeout(() => process.exit(7), 800)', ['--task', 'x']));
    expect([result.code, result.stderr]).toEqual([7, expect.not.stringContaining('CODEMIE_TIMEOUT')]);
  });
});

describe('S36, S39: what the agent gets', () => {
  it('never the platform’s token, in its environment, arguments, settings or parent process', async () => {
    const secretEnv = {
      CODEMIE_JWT_TOKEN: token,
      CODEMIE_API_KEY: 'sk-secret-key-of-a-provider',
      ANTHROPIC_API_KEY: 'sk-ant-stale-value',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
    };
    const child = machine.start(['--base-url', url, ...MODEL, '--task', 'x'], {
      bin,
      env: { PATH: machine.agent(DUMP), ...secretEnv },
    });
    expect((await machine.collect(child)).code).toBe(0);
    const seen = dump();
    expect(JSON.stringify(seen)).not.toContain(token);
    for (const value of Object.values(secretEnv))
      expect(JSON.stringify({ env: seen.env, argv: seen.argv, settings: seen.settings })).not.toContain(
        value,
      );
    expect(seen.env['CODEMIE_PASSPHRASE']).toBeUndefined();
    expect(seen.mode).toBe(0o600);
    await machine.collect(launch(DUMP, ['--task', 'x']));
    expect(JSON.stringify(dump()), 'the launcher’s own arguments in the process listing').not.toContain(
      token,
    );
    expect(existsSync(seen.settingsFile)).toBe(false);
    expect(seen.settings.env['ANTHROPIC_BASE_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(seen.settings.env['ANTHROPIC_AUTH_TOKEN']).toBe(seen.env['ANTHROPIC_AUTH_TOKEN']);
  });

  it('exempts loopback from every proxy', async () => {
    await machine.collect(
      launch(DUMP, ['--task', 'x'], { HTTP_PROXY: 'http://127.0.0.1:9', no_proxy: 'intranet.example' }),
    );
    expect(dump().env['NO_PROXY']?.split(',')).toEqual(
      expect.arrayContaining(['127.0.0.1', 'localhost', 'intranet.example']),
    );
  });

  it('merges the user’s --settings, and passes everything else on in order', async () => {
    const own = join(machine.work, 'own.json');
    writeFileSync(
      own,
      JSON.stringify({
        env: { A: '1', ANTHROPIC_BASE_URL: 'http://elsewhere' },
        permissions: { allow: ['Read'] },
      }),
    );
    const args = [
      '--verbose',
      '--task',
      'do it',
      'positional',
      '--settings',
      own,
      '--unknown=1',
      '--',
      '--task',
      'not ours',
    ];
    await machine.collect(launch(DUMP, args));
    const { argv, settings } = dump();
    expect(settings).toMatchObject({ permissions: { allow: ['Read'] }, env: { A: '1' } });
    expect(settings.env['ANTHROPIC_BASE_URL']).toContain('127.0.0.1');
    expect(argv.filter((word) => !/(settings\.json|\/plugin)$/.test(word))).toEqual([
      '-p',
      'do it',
      '--settings',
      '--plugin-dir',
      '--verbose',
      'positional',
      '--unknown=1',
      '--task',
      'not ours',
    ]);
  });

  it('--print-config shows the launch with secrets masked, and starts nothing', async () => {
    const result = await machine.collect(launch('process.exit(9)', ['--task', 'x', '--print-config']));
    expect(result.code).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report).toMatchObject({
      agent: 'claude',
      argv: ['-p', 'x', '--settings', '<settings file>', '--plugin-dir', '<plugin of this run>'],
      env: { ANTHROPIC_AUTH_TOKEN: '[key of this run]', ANTHROPIC_MODEL: 'claude-sonnet-4-6' },
    });
    expect(result.stdout).not.toContain(token);
  });
});

describe('G13: a dead credential is reported before anything starts', () => {
  const MARK = `require('node:fs').writeFileSync('started', '')`;
  it.each([
    ['expired', async () => mintToken(control, { ttl: -60 }), 'AUTH_EXPIRED'],
    ['malformed', async () => 'abc', 'AUTH_MALFORMED'],
    ['empty', async () => '', 'AUTH_MISSING'],
  ])('%s: exit 4', async (_name, make, code) => {
    const dead = await make();
    const started = Date.now();
    const result = await machine.run(['--jwt-token', dead, '--base-url', url, '--task', 'x'], {
      bin,
      env: { PATH: machine.agent(MARK) },
    });
    expect(result.code).toBe(4);
    expect(result.stderr).toContain(`[${code}]`);
    expect(Date.now() - started).toBeLessThan(2000);
    expect(existsSync(join(machine.work, 'started'))).toBe(false);
  });

  it.each(['api-401', 'api-403', 'api-302-login', 'api-200-login'])(
    '%s: a sign-in that the platform rejects, whichever model was named',
    async (fault) => {
      const opaque = await machine.run(
        ['profile', 'login', '--url', url, '--store', 'encrypted-file', '--with-token'],
        { input: token },
      );
      expect(opaque.code).toBe(0);
      await addFault(control, { fault });
      for (const model of [{ CODEMIE_MODEL: 'claude-sonnet-4-6' }, {}]) {
        const typed = Object.keys(model).length === 0 ? MODEL : [];
        const result = await machine.run([...typed, '--task', 'x'], {
          bin,
          env: { PATH: machine.agent(MARK), ...model },
        });
        expect([result.code, result.stderr]).toEqual([
          4,
          // The platform’s own 401 does not say why.
          expect.stringContaining(fault === 'api-401' ? '[AUTH_UNCERTAIN]' : '[AUTH_REFUSED]'),
        ]);
        expect(existsSync(join(machine.work, 'started'))).toBe(false);
      }
    },
  );

  it('an unverified token is labeled, and --silent prints nothing', async () => {
    const platform = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(platform, 'listening');
    onTestFinished(() => void platform.close());
    const at = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
    const own = ['--jwt-token', STRANGER, '--base-url', at, '--task', 'x'];
    const options = { bin, env: { PATH: machine.agent(MARK), CODEMIE_MODEL: 'claude-sonnet-4-6' } };
    const said = await machine.run(own, options);
    expect([said.code, said.stderr]).toEqual([
      0,
      expect.stringContaining("the signature of the token wasn't verified: "),
    ]);
    expect((await machine.run([...own, '--silent'], options)).stderr).toBe('');
  });

  it('a silent platform is reported while waiting, and the wait is short', async () => {
    const platform = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(platform, 'listening');
    onTestFinished(() => {
      platform.closeAllConnections();
      platform.close();
    });
    const at = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
    const child = machine.start(['--jwt-token', STRANGER, '--base-url', at, ...MODEL, '--task', 'x'], {
      bin,
      env: { PATH: machine.agent(MARK) },
    });
    const ended = machine.collect(child);
    await lineOf(child, /waiting for http:\S+ to answer/);
    expect(existsSync(join(machine.work, 'started'))).toBe(false);
    const told = performance.now();
    const { code, stderr } = await ended;
    expect([code, stderr.split('waiting for').length]).toEqual([0, 2]);
    expect(performance.now() - told).toBeLessThan(12_000);
  });

  it('a signal ends the wait for a token on stdin', async () => {
    const pipe = join(machine.work, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const flag of [
      ['--jwt-token', '-'],
      ['--jwt-token-file', pipe],
    ]) {
      const child = machine.start([...flag, '--base-url', url, '--task', 'x'], {
        bin,
        input: { open: true },
        env: { PATH: machine.agent(MARK) },
      });
      const ended = machine.collect(child);
      await new Promise((resolve) => setTimeout(resolve, 600));
      child.kill('SIGTERM');
      expect((await ended).code).toBe(143);
      expect(existsSync(join(machine.work, 'started'))).toBe(false);
    }
  });

  it('--jwt-token-file accepts the shell’s <(command), and rejects files larger than a token', async () => {
    const big = join(machine.work, 'big');
    writeFileSync(big, 'a'.repeat(2_000_000));
    const options = { bin, env: { PATH: machine.agent(MARK) } };
    const refused = await machine.run(['--jwt-token-file', big, '--base-url', url, '--task', 'x'], options);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('1 MiB')]);
    const pipe = join(machine.work, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const child = machine.start(
      ['--jwt-token-file', pipe, '--base-url', url, ...MODEL, '--task', 'x'],
      options,
    );
    const ended = machine.collect(child);
    await writeFile(pipe, `${token}\n`);
    expect((await ended).code).toBe(0);
    expect(existsSync(join(machine.work, 'started'))).toBe(true);
  });

  it('reads the token from stdin and from a file', async () => {
    const file = join(machine.work, 'token');
    writeFileSync(file, `${token}\n`);
    const path = machine.agent(MARK);
    const piped = await machine.run(['--jwt-token', '-', '--base-url', url, ...MODEL, '--task', 'x'], {
      bin,
      env: { PATH: path },
      input: `${token}\n`,
    });
    const filed = await machine.run(['--jwt-token-file', file, '--base-url', url, ...MODEL, '--task', 'x'], {
      bin,
      env: { PATH: path },
    });
    expect([piped.code, filed.code]).toEqual([0, 0]);
  });

  it('--version needs no credential, and -- --version is the agent’s', async () => {
    const own = await machine.run(['--version'], { bin });
    expect([own.code, own.stdout]).toMatchObject([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
    const source = `process.exit(process.argv.includes('--version') ? 7 : 8)`;
    expect((await machine.collect(launch(source, ['--', '--version']))).code).toBe(7);
  });

  it('a missing agent gives one line with the command that installs it', async () => {
    const result = await machine.run(['--jwt-token', token, '--base-url', url, '--task', 'x'], {
      bin,
      env: { PATH: '/usr/bin:/bin' },
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('fix: codemie install claude');
  });
});

const CALL = `
const { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: key } = process.env;
const call = () => fetch(base + '/v1/messages', { method: 'POST', headers: { authorization: 'Bearer ' + key }, body: JSON.stringify({ model: 'claude-sonnet-4-6', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }) });
`;

describe('the gateway under a real run', () => {
  it.each(['api-401', 'api-403', 'api-302-login', 'api-200-login'])(
    'S33: %s once is fixed by one renewal and one retry',
    async (fault) => {
      await machine.signIn(url);
      await addFault(control, { fault, count: 1 });
      const source = `${CALL} call().then(async (r) => { console.log(r.status, (await r.json()).type) })`;
      const result = await machine.run([...MODEL, '--task', 'x'], {
        bin,
        env: { PATH: machine.agent(source) },
      });
      expect(result.stdout).toBe('200 message\n');
      expect((await eventsOf(control)).filter((event) => event.grant === 'refresh_token')).toHaveLength(1);
    },
  );

  it.each(['api-401', 'api-403', 'api-302-login', 'api-200-login'])(
    '%s for good is one error in the agent’s API format that says what to run',
    async (fault) => {
      // A credential that dies while the agent runs; one that is dead before is reported before the start.
      const die = `fetch('${control}/faults', { method: 'POST', body: JSON.stringify({ fault: '${fault}' }) })`;
      const source = `${CALL} ${die}.then(call).then(async (r) => { console.log(r.status, r.headers.get('x-should-retry'), JSON.stringify(await r.json())) })`;
      const result = await machine.collect(launch(source, ['--task', 'x']));
      expect(result.stdout).toMatch(
        /^401 false \{"type":"error","error":\{"type":"authentication_error","message":"CodeMie rejected the token from --jwt-token/,
      );
      expect(result.stderr).toMatch(/^codemie: CodeMie rejected the token from --jwt-token\b.*$/m);
      await fetch(`${control}/faults`, { method: 'DELETE' });
      const silent = await machine.collect(launch(source, ['--task', 'x', '--silent']));
      expect(silent.stderr).toBe('');
    },
  );

  it('signing out stops a running agent and names it; one with its own token keeps running', async () => {
    await machine.signIn(url);
    // With "until" the agent asks until it is rejected; otherwise it asks once.
    const source = `${CALL} process.stdin.resume();
      const again = async (word) => {
        const r = await call();
        const text = (await r.json()).error?.message ?? '';
        if (r.status === 200 && word === 'until') return setTimeout(() => again(word), 50);
        console.log('second', r.status, text); process.exit(0);
      };
      call().then((r) => { console.error('first', r.status); process.stdin.once('data', (word) => again(String(word).trim())); })`;
    const env = { PATH: machine.agent(source) };
    const token = await mintToken(control);
    const stored = machine.start([...MODEL], { bin, env, input: { open: true } });
    const given = machine.start([...MODEL, '--jwt-token', token, '--base-url', url], {
      bin,
      env,
      input: { open: true },
    });
    const ends = [machine.collect(stored), machine.collect(given)];
    await Promise.all([stored, given].map((child) => lineOf(child, /first 200/)));
    const out = await machine.run(['profile', 'logout']);
    expect(out.stderr).toMatch(/will stop working within seconds: Claude Code \(process \d+\)\.\n/);
    const signedOut = Date.now();
    stored.stdin?.write('until\n');
    const after = await ends[0];
    expect(Date.now() - signedOut).toBeLessThan(5000);
    given.stdin?.write('once\n');
    const other = await ends[1];
    expect(after?.stdout).toMatch(/second 401 You.re signed out.*codemie profile login/);
    expect(other?.stdout).toMatch(/second 200/);
  });

  it('repeated use of a short-lived token causes only the necessary renewals', async () => {
    const short = new Machine();
    try {
      const sandbox = await short.sandbox('--auto-approve', 'ada', '--access-token-ttl', '3s');
      await short.signIn(sandbox.url);
      const source = `${CALL} (async () => { for (let i = 0; i < 24; i++) { const rs = await Promise.all([call(), call(), call()]); if (rs.some((r) => r.status !== 200)) process.exit(5); await new Promise((r) => setTimeout(r, 250)); } })()`;
      const began = Date.now();
      const result = await short.run([...MODEL, '--task', 'x'], { bin, env: { PATH: short.agent(source) } });
      const seconds = (Date.now() - began) / 1000;
      expect(result.code).toBe(0);
      const events = await eventsOf(sandbox.controlUrl);
      expect(events.filter((event) => event.kind === 'model' && event.status !== 200)).toEqual([]);
      const renewals = events.filter((event) => event.grant === 'refresh_token').length;
      expect(renewals).toBeGreaterThanOrEqual(2);
      // Each token is renewed in the last of its three seconds, and its expiry may be rounded to whole seconds.
      expect(renewals).toBeLessThanOrEqual(Math.ceil(seconds / 1.5) + 1);
    } finally {
      await short.dispose();
    }
  });

  it('S25: CODEMIE_DEBUG shows what happens, and never a secret', async () => {
    machine.env['CODEMIE_DEBUG'] = 'true';
    await machine.signIn(url);
    const access = (await machine.run(['token'])).stdout.trim();
    const source = `${CALL} call().then((r) => process.exit(r.status === 200 ? 0 : 5))`;
    const runs = [
      await machine.run(['profile', 'status']),
      await machine.run(['profile', 'status', '--json']),
      await machine.run([...MODEL, '--task', 'x'], { bin, env: { PATH: machine.agent(source) } }),
      await machine.run(['--jwt-token', token, '--base-url', url, ...MODEL, '--task', 'x'], {
        bin,
        env: { PATH: machine.agent(source) },
      }),
      await machine.run(['profile', 'refresh']),
      await machine.run(['doctor', '--json']),
      await machine.run(['profile', 'logout']),
    ];
    const text = runs.map((run) => run.stdout + run.stderr).join('\n');
    expect(runs.map((run) => run.code)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(text).toContain('codemie debug');
    expect(text).not.toMatch(/eyJ[\w-]{10,}/);
    const files = [...machine.files()].filter(([path]) => !path.includes('agent-bin'));
    for (const secret of [access, token, 'passphrase of this test only']) {
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64').slice(4, -4),
        [...secret].reverse().join(''),
        access.split('.')[2] ?? access,
      ]) {
        expect(text).not.toContain(form);
        for (const [path, content] of files) expect(content.includes(form), path).toBe(false);
      }
    }
  });

  it('CODEMIE_PROXY_PORT sets the port; a busy or invalid one is a clear error', async () => {
    const free = 10_000 + (process.pid % 20_000);
    mkdirSync(join(machine.work, 'x'), { recursive: true });
    const fixed = await machine.collect(
      launch('console.log(process.env.ANTHROPIC_BASE_URL)', ['--task', 'x'], {
        CODEMIE_PROXY_PORT: String(free),
      }),
    );
    expect(fixed.stdout).toBe(`http://127.0.0.1:${free}\n`);
    const busy = await machine.collect(
      launch('', ['--task', 'x'], { CODEMIE_PROXY_PORT: new URL(url).port }),
    );
    expect([busy.code, busy.stderr.includes('[GATEWAY_PORT]')]).toEqual([1, true]);
    await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify({ fault: 'api-401' }) });
    const refused = await machine.collect(
      launch('', ['--task', 'x'], { CODEMIE_PROXY_PORT: new URL(url).port }),
    );
    await fetch(`${control}/faults`, { method: 'DELETE' });
    expect([refused.code, refused.stderr.includes('[GATEWAY_PORT]')], refused.stderr).toEqual([4, false]);
    const silly = await machine.collect(launch('', ['--task', 'x'], { CODEMIE_PROXY_PORT: 'x' }));
    expect([silly.code, silly.stderr.includes('[USAGE]')], silly.stderr).toEqual([2, true]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it never happened');
}
