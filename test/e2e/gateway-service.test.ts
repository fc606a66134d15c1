import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADA_ID, BOB_ID } from '../support/people.ts';
import { IN_ENCRYPTED_FILE, lineOf, Machine, mintToken } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(async () => {
  await machine.run(['gateway', 'stop']);
  await machine.dispose();
});

interface Service {
  readonly url: string;
  readonly key: string;
  readonly port: number;
  readonly pid: number;
}

async function service(...flags: string[]): Promise<Service> {
  return serviceOn(machine, flags);
}

async function serviceOn(
  machine: Machine,
  flags: readonly string[],
  env: Record<string, string> = {},
): Promise<Service> {
  const started = await machine.run(['gateway', 'start', '--detach', '--json', ...flags], { env });
  expect(started.code, started.stdout + started.stderr).toBe(0);
  return expectShape<Service & Record<string, unknown>>('gateway-start', started.stdout);
}

const ask = (
  gateway: Service,
  path: string,
  headers: Record<string, string> = { 'x-api-key': gateway.key },
) => fetch(`${gateway.url}${path}`, { headers });

/** Waits until a gateway notices that its credential is gone, which takes seconds at most. */
const refuses = (gateway: Service): Promise<void> =>
  expect.poll(async () => (await ask(gateway, '/v1/models')).status, { timeout: 5000 }).toBe(401);

describe('the gateway for editors', () => {
  it('in the background too, it does not start when you are signed out, and the exit code says why', async () => {
    const env = { CODEMIE_URL: 'http://127.0.0.1:9' };
    const started = await machine.run(['gateway', 'start', '--detach', '--json'], { env });
    expect([started.code, expectShape('error', started.stdout)['error']]).toMatchObject([
      4,
      { code: 'AUTH_MISSING', hint: expect.stringContaining('codemie profile login') },
    ]);
  });

  it('starts, accepts its key in every form clients send, counts, and stops; the key stays the same', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const gateway = await service();
    for (const headers of [
      { authorization: `Bearer ${gateway.key}` },
      { 'x-api-key': gateway.key },
      { 'x-goog-api-key': gateway.key },
    ])
      expect((await ask(gateway, '/v1/models', headers as Record<string, string>)).status).toBe(200);
    expect((await ask(gateway, '/v1/models', { 'x-api-key': 'wrong' })).status).toBe(401);
    expect((await ask(gateway, '/metrics', {})).status).toBe(401);
    expect(
      (await ask(gateway, '/metrics', { 'x-api-key': gateway.key, origin: 'https://evil.example' })).status,
    ).toBe(403);
    const metrics = await (await ask(gateway, '/metrics')).text();
    expect(metrics).toContain('codemie_gateway_requests_total{route="models",status="200"} 3');
    expect(metrics).toContain('codemie_gateway_active_requests 0');
    expect(metrics).not.toContain(gateway.key);

    const status = await machine.run(['gateway', 'status', '--json']);
    expect(expectShape('gateway-status', status.stdout)).toMatchObject({
      running: true,
      url: gateway.url,
      key: gateway.key,
    });
    expect((await machine.run(['gateway', 'status'])).stdout).not.toContain(gateway.key);
    for (const file of [
      join(machine.home, 'gateway-key'),
      join(machine.home, 'gateway', `${gateway.pid}.json`),
    ])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await machine.run(['gateway', 'start', '--json']);
    expect([second.code, expectShape('error', second.stdout)['error']]).toMatchObject([
      1,
      { code: 'GATEWAY_RUNNING' },
    ]);

    const stop = await machine.run(['gateway', 'stop', '--json']);
    expect(expectShape('gateway-stop', stop.stdout)['stopped']).toEqual([gateway.pid]);
    const after = await machine.run(['gateway', 'status', '--json']);
    expect([after.code, expectShape('gateway-status', after.stdout)['running']]).toEqual([1, false]);
    expect((await service()).key).toBe(gateway.key);
  });

  it('survives expiry, a sign-out, and a sign-in in another terminal', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada', '--access-token-ttl', '2s');
    await machine.signIn(sandbox.url);
    const gateway = await service();
    expect((await ask(gateway, '/v1/models')).status).toBe(200);
    const { expiresAt } = JSON.parse(
      (await machine.run(['profile', 'status', '--json', '--offline'])).stdout,
    );
    await vi.waitUntil(() => Date.now() > Date.parse(expiresAt), { timeout: 10_000 });
    expect((await ask(gateway, '/v1/models')).status).toBe(200);
    const out = await machine.run(['profile', 'logout']);
    expect(out.stderr).toMatch(/will stop working within seconds: the gateway at http\S+ \(process \d+\)\./);
    await refuses(gateway);
    const refused = await ask(gateway, '/v1/models');
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([401, 'false']);
    expect(await refused.text()).toContain('codemie profile login');
    const status = await machine.run(['gateway', 'status', '--json']);
    expect([status.code, expectShape('gateway-status', status.stdout)]).toMatchObject([
      4,
      { signIn: 'ended' },
    ]);
    await machine.signIn(sandbox.url);
    expect((await ask(gateway, '/v1/models')).status).toBe(200);
    expect((await machine.run(['gateway', 'status'])).code).toBe(0);
  });

  it.each(['sso', 'a stored token', 'an API key'])(
    'signing out stops a running gateway (%s), but not one with a token from the environment',
    async (kind) => {
      const sandbox = await machine.sandbox('--auto-approve', 'ada');
      const token = await mintToken(sandbox.controlUrl);
      if (kind === 'sso') await machine.signIn(sandbox.url);
      else {
        const url = kind === 'an API key' ? `${sandbox.url}/code-assistant-api/v1` : sandbox.url;
        const how =
          kind === 'an API key' ? ['--provider', 'openai-compatible', '--api-key'] : ['--with-token'];
        await machine.run(['profile', 'login', '--url', url, '--store', 'encrypted-file', ...how], {
          input: token,
        });
      }
      const other = new Machine();
      try {
        const gateway = await service();
        const given = await serviceOn(other, [], { CODEMIE_URL: sandbox.url, CODEMIE_JWT_TOKEN: token });
        expect((await ask(gateway, '/v1/models')).status).toBe(200);
        await machine.run(['profile', 'logout']);
        await refuses(gateway);
        expect((await ask(given, '/v1/models')).status).toBe(200);
      } finally {
        await other.run(['gateway', 'stop']);
        await other.dispose();
      }
    },
  );

  it('reports a port in use, an invalid port, and a missing credential', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const missing = await machine.run(['gateway', 'start', '--json'], { env: { CODEMIE_URL: sandbox.url } });
    expect(missing.code).toBe(4);
    await machine.signIn(sandbox.url);
    const { port } = new URL(sandbox.url);
    const taken = await machine.run(['gateway', 'start', '--port', port, '--json']);
    expect([taken.code, expectShape('error', taken.stdout)['error']]).toMatchObject([
      1,
      {
        code: 'GATEWAY_PORT',
        message: expect.stringContaining(`${port} (--port)`),
        hint: expect.stringContaining('--port'),
      },
    ]);
    const none = await machine.run(['gateway', 'start', '--json'], { env: { CODEMIE_PROXY_PORT: '0' } });
    expect([none.code, expectShape('error', none.stdout)['error']]).toMatchObject([2, { code: 'USAGE' }]);
    expect((await machine.run(['gateway', 'start', '--port', '70000'])).code).toBe(2);
    const child = machine.start(['gateway', 'start']);
    const done = machine.collect(child);
    await lineOf(child, /Gateway to \S+ is running/);
    child.kill('SIGTERM');
    expect((await done).code).toBe(0);
  });
});

describe('one gateway per installation', () => {
  const GATEWAYS = (): string => join(machine.home, 'gateway');

  it('starts once, even when started several times at once', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const started = await Promise.all(
      Array.from({ length: 4 }, () => machine.run(['gateway', 'start', '--detach', '--json'])),
    );
    expect(started.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1]);
    const winner = JSON.parse(started.find(({ code }) => code === 0)?.stdout ?? '') as Service;
    expect(readFileSync(join(machine.home, 'gateway-key'), 'utf8').trim()).toBe(winner.key);
    expect((await ask(winner, '/v1/models')).status).toBe(200);
    const stop = await machine.run(['gateway', 'stop', '--json']);
    expect(JSON.parse(stop.stdout).stopped).toEqual([winner.pid]);
    await expect(ask(winner, '/v1/models')).rejects.toThrow();
  });

  it('a gateway that does not answer is neither forgotten nor reported as stopped', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const gateway = await service();
    process.kill(gateway.pid, 'SIGSTOP');
    try {
      for (const command of ['stop', 'status', 'start']) {
        const said = await machine.run(['gateway', command, '--json']);
        expect([said.code, expectShape('error', said.stdout)['error']], command).toMatchObject([
          1,
          { code: 'GATEWAY_SILENT', hint: `kill -KILL ${gateway.pid}` },
        ]);
      }
    } finally {
      process.kill(gateway.pid, 'SIGCONT');
    }
    const stop = await machine.run(['gateway', 'stop', '--json']);
    expect(JSON.parse(stop.stdout).stopped).toEqual([gateway.pid]);
  });

  it('a sandbox that does not answer is neither forgotten nor reported as stopped', async () => {
    const { pid } = await machine.sandbox();
    process.kill(pid, 'SIGSTOP');
    try {
      const said = await machine.run(['sandbox', 'stop', '--json']);
      expect([said.code, expectShape('error', said.stdout)['error']]).toMatchObject([
        1,
        { code: 'SANDBOX_SILENT', hint: `kill -KILL ${pid}` },
      ]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const stop = await machine.run(['sandbox', 'stop', '--json']);
    expect([stop.code, JSON.parse(stop.stdout).stopped]).toEqual([0, [pid]]);
  });

  it('a state file whose process ID now belongs to another program does no harm', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const stale = (url: string): void => {
      mkdirSync(GATEWAYS(), { recursive: true });
      const state = {
        pid: process.pid,
        url,
        port: 1,
        origin: sandbox.url,
        key: 'k',
        startedAt: '2026-01-01',
      };
      writeFileSync(join(GATEWAYS(), `${process.pid}.json`), JSON.stringify(state));
    };
    // Nothing listens there, or a server that does not know the key.
    for (const url of ['http://127.0.0.1:1', sandbox.url]) {
      stale(url);
      expect((await machine.run(['gateway', 'status'])).code).toBe(1);
      stale(url);
      const stop = await machine.run(['gateway', 'stop', '--json']);
      expect([stop.code, JSON.parse(stop.stdout).stopped]).toEqual([0, []]);
      stale(url);
      const gateway = await service();
      expect(readdirSync(GATEWAYS())).toEqual([`${gateway.pid}.json`]);
      expect((await machine.run(['gateway', 'stop'])).code).toBe(0);
    }
  });
});

describe('the audit log', () => {
  it('lists the events of credentials, without secrets', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url, ...IN_ENCRYPTED_FILE);
    await machine.run(['profile', 'refresh']);
    await machine.run(['profile', 'move', '--to', 'plaintext-file']);
    const path = machine.agent('process.exit(7)');
    await machine.run(['--task', 'a prompt that must not be kept'], {
      bin: 'codemie-claude.js',
      env: { PATH: path },
    });
    const token = (await machine.run(['token'])).stdout.trim();
    await machine.run(['profile', 'logout']);
    const shown = await machine.run(['audit', 'show', '--json']);
    const { entries } = expectShape<{ entries: Record<string, unknown>[] }>('audit-show', shown.stdout);
    expect(entries.map(({ event }) => event)).toEqual([
      'sign-in',
      'refresh',
      'store-move',
      'agent-start',
      'agent-end',
      'sign-out',
    ]);
    expect(entries[0]).toMatchObject({
      profile: 'default',
      origin: sandbox.url,
      person: ADA_ID,
      store: 'encrypted-file',
    });
    expect(entries[4]).toMatchObject({ agent: 'claude', code: 7 });
    const log = readFileSync(join(machine.home, 'audit', 'audit.jsonl'), 'utf8');
    expect(log).not.toMatch(/eyJ|must not be kept/);
    expect(log).not.toContain(token);
    expect(statSync(join(machine.home, 'audit', 'audit.jsonl')).mode & 0o777).toBe(0o600);
    const verify = await machine.run(['audit', 'verify', '--json']);
    expect([verify.code, expectShape('audit-verify', verify.stdout)]).toMatchObject([
      0,
      { ok: true, entries: 6 },
    ]);
  });

  it('detects a changed, removed or inserted line, and a truncated file', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    for (let i = 0; i < 3; i += 1) await machine.signIn(sandbox.url);
    const path = join(machine.home, 'audit', 'audit.jsonl');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    const [first = '', second = '', third = ''] = lines;
    for (const forged of [
      [first, second.replace(ADA_ID, BOB_ID), third],
      [first, third],
      [first, second],
      [second, third],
      [second, third, first],
      [first, second, second, third],
      [first, 'not an entry', third],
      [],
    ]) {
      writeFileSync(path, forged.map((line) => `${line}\n`).join(''));
      const verify = await machine.run(['audit', 'verify', '--json']);
      expect([verify.code, expectShape('audit-verify', verify.stdout)['ok']], forged.join()).toEqual([
        10,
        false,
      ]);
    }
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect((await machine.run(['audit', 'verify'])).code).toBe(0);
  });

  it('is one complete chain, even when many processes write to it', async () => {
    const sandbox = await machine.sandbox();
    const token = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout;
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        machine.run(
          [
            'profile',
            'login',
            '--url',
            sandbox.url,
            '--with-token',
            '--store',
            'plaintext-file',
            '--profile',
            `p${i}`,
          ],
          { input: token },
        ),
      ),
    );
    const verify = await machine.run(['audit', 'verify', '--json']);
    expect(expectShape('audit-verify', verify.stdout)).toMatchObject({ ok: true, entries: 40 });
  });
});

describe('a model on the command line', () => {
  it('is checked against the platform’s list, with similar names in the error; tier names work', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'bob');
    await machine.signIn(sandbox.url);
    const path = machine.agent('');
    const launch = (model: string) =>
      machine.run(['--model', model, '--print-config'], { bin: 'codemie-claude.js', env: { PATH: path } });
    const wrong = await launch('claude-sonet-4-6');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('Did you mean claude-sonnet-4-6'),
    ]);
    const denied = await launch('claude-opus-4-6-20260205');
    expect([denied.code, denied.stderr]).toEqual([2, expect.stringContaining('MODEL_UNKNOWN')]);
    const log = JSON.parse((await machine.run(['audit', 'show', '--json'])).stdout);
    expect(log.entries.filter(({ event }: { event: string }) => event === 'model-denied')).toMatchObject([
      { agent: 'claude', origin: sandbox.url },
      { agent: 'claude', origin: sandbox.url },
    ]);
    for (const [typed, main] of [
      ['haiku', 'claude-4-5-haiku'],
      ['us.anthropic.claude-sonnet-4-6', 'us.anthropic.claude-sonnet-4-6'],
      ['gpt-4.1', 'gpt-4.1'],
    ] as const)
      expect(JSON.parse((await launch(typed)).stdout).env.ANTHROPIC_MODEL).toBe(main);
  });
});

it('two installations at once take turns in their shared folder', async () => {
  const npm = machine.agent(
    `
    const fs = require('node:fs');
    const log = (word) => fs.appendFileSync('${machine.folder}/npm.log', word + '\\n');
    if (process.argv.includes('--version')) return void console.log('11.0.0');
    log('begin');
    setTimeout(() => {
      const bin = process.argv[process.argv.indexOf('--prefix') + 1] + '/node_modules/.bin';
      fs.mkdirSync(bin, { recursive: true });
      for (const name of ['claude', 'codex']) fs.writeFileSync(bin + '/' + name, '#!/bin/sh\\n', { mode: 0o755 });
      log('end');
    }, 500);`,
    'npm',
  );
  const both = ['claude', 'codex'].map((name) => machine.run(['install', name], { env: { PATH: npm } }));
  expect((await Promise.all(both)).map(({ code }) => code)).toEqual([0, 0]);
  expect(readFileSync(join(machine.folder, 'npm.log'), 'utf8').trim().split('\n')).toEqual([
    'begin',
    'end',
    'begin',
    'end',
  ]);
});

it('install lists the agents, and rejects an unknown agent or version', async () => {
  const list = await machine.run(['install', '--json']);
  const { agents } = expectShape<{ agents: { name: string; program: string | null }[] }>(
    'install',
    list.stdout,
  );
  expect(agents.map(({ name }) => name)).toEqual(['claude', 'opencode', 'codex', 'gemini']);
  expect((await machine.run(['install', 'nano', '--json'])).code).toBe(2);
  for (const version of ['file:../x', 'npm:evil@1', '--force', '1 2'])
    expect((await machine.run(['install', 'claude', `--version=${version}`, '--json'])).code).toBe(2);
});
