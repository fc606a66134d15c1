import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloned } from '../support/cloned.ts';
import { elsewhere } from '../support/elsewhere.ts';
import { Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

/** @returns a folder deep inside a cloned repository whose files point elsewhere. */
const inside = (address: string, what: 'file' | 'env' | 'both'): string =>
  join(cloned(machine.work, address, what), 'deep', 'inside');

const AGENT = `
  const settings = JSON.parse(require('node:fs').readFileSync(process.argv[process.argv.indexOf('--settings') + 1], 'utf8'));
  fetch(settings.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', body: '{}', headers: { authorization: 'Bearer ' + settings.env.ANTHROPIC_AUTH_TOKEN } }).then((answer) => console.log(answer.status));`;

describe('a cloned repository that points elsewhere', () => {
  // Every command and every kind of file: test/commands/cloned-repository.test.ts, in process.
  it('no codemie program reaches that server', async () => {
    const trap = await elsewhere();
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const cwd = inside(trap.address, 'both');
    const env = { PATH: machine.agent(AGENT) };
    await machine.signIn(sandbox.url);
    for (const args of [
      ['profile', 'status'],
      ['token', '--min-ttl', '1h'],
      ['doctor'],
      ['gateway', 'start', '--detach'],
      ['gateway', 'stop'],
      ['run', 'claude', '--task', 'x'],
    ])
      await machine.run(args, { cwd, env });
    expect(trap.visitors).toEqual([]);
  });

  it('never counts as the user’s home, even if HOME points to it', async () => {
    const trap = await elsewhere();
    const cwd = inside(trap.address, 'both');
    const bearer = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout.trim();
    for (const home of ['', '.', '..']) {
      for (const args of [['profile', 'status'], ['token'], ['doctor', '--only', 'config']]) {
        const env = { HOME: home, USERPROFILE: '', CODEMIE_HOME: '', CODEMIE_JWT_TOKEN: bearer };
        await machine.run(args, { cwd: join(cwd, '..', '..'), env });
      }
    }
    expect(trap.visitors).toEqual([]);
  });

  it('does not change that a home behind a link is the user’s own', async () => {
    const { url } = await machine.sandbox('--auto-approve', 'ada');
    const home = join(machine.work, 'home');
    const link = join(machine.work, 'link');
    mkdirSync(join(home, 'project'), { recursive: true });
    symlinkSync(home, link);
    const env = { HOME: link, CODEMIE_HOME: '', CI: 'true' };
    const login = ['profile', 'login', '--url', url, '--with-token', '--store', 'encrypted-file'];
    const token = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout;
    expect((await machine.run(login, { env, input: token })).code).toBe(0);
    const status = await machine.run(['profile', 'status', '--json'], { env, cwd: join(home, 'project') });
    expect([status.code, expectShape('profile-status', status.stdout)['state']]).toEqual([0, 'valid']);
  });

  it('may have links to themselves without causing an error', async () => {
    const folder = join(machine.work, 'loop');
    mkdirSync(join(folder, '.codemie'), { recursive: true });
    symlinkSync('.env', join(folder, '.env'));
    symlinkSync('codemie-cli.config.json', join(folder, '.codemie', 'codemie-cli.config.json'));
    const status = await machine.run(['profile', 'status', '--json'], { cwd: folder });
    expect(expectShape('profile-status', status.stdout)['state']).toBe('missing');
  });

  it('causes a warning, keeps its harmless settings, and stops a pipeline that would have followed it', async () => {
    const cwd = inside('https://elsewhere.example', 'both');
    const status = await machine.run(['profile', 'status', '--json'], { cwd });
    const report = expectShape<{ warnings: string[]; url: null; provider: { model: string } }>(
      'profile-status',
      status.stdout,
    );
    expect(report.warnings.join()).toContain('codemie config trust');
    expect([report.url, report.provider.model]).toEqual([null, 'repo-model']);
    const ci = await machine.run(['profile', 'status', '--json'], { cwd, env: { CI: 'true' } });
    expect([ci.code, expectShape('error', ci.stdout)['error']]).toMatchObject([
      9,
      { code: 'CONFIG_UNTRUSTED' },
    ]);
    const named = await machine.run(['profile', 'status', '--json'], {
      cwd,
      env: { CI: 'true', CODEMIE_URL: 'https://own.example' },
    });
    expect(expectShape('profile-status', named.stdout)).toMatchObject({ url: 'https://own.example' });
  });

  it('applies once it is trusted, until its files change', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    const cwd = inside(sandbox.url, 'file');
    const url = async (...flags: string[]): Promise<unknown> =>
      expectShape(
        'profile-status',
        (await machine.run(['profile', 'status', '--json', ...flags], { cwd })).stdout,
      )['url'];
    expect(await url()).toBeNull();
    expect(await url('--trust-project')).toBe(sandbox.url);
    const asked = await machine.run(['config', 'trust', '--json'], { cwd });
    expect(asked.code).toBe(2);
    const trusted = await machine.run(['config', 'trust', '--yes', '--json'], { cwd });
    expect(expectShape('config-trust', trusted.stdout)['trusted']).toBe(true);
    expect(trusted.stderr).toContain(`codeMieUrl = ${sandbox.url}`);
    expect(await url()).toBe(sandbox.url);
    inside(`${sandbox.url.replace('127.0.0.1', 'localhost')}`, 'file');
    expect(await url()).toBeNull();
    await machine.run(['config', 'trust', '--yes'], { cwd });
    expect(
      expectShape('config-untrust', (await machine.run(['config', 'untrust', '--json'], { cwd })).stdout),
    ).toMatchObject({
      changed: true,
    });
    expect(await url()).toBeNull();
  });

  it('with a broken file gives an error that names the line', async () => {
    const cwd = inside('https://x.example', 'file');
    writeFileSync(
      join(machine.work, 'repo', '.codemie', 'codemie-cli.config.json'),
      '{\n  "version": 2,\n  oops\n}',
    );
    const status = await machine.run(['profile', 'status', '--json'], { cwd });
    expect(expectShape('error', status.stdout)['error']).toMatchObject({
      code: 'CONFIG_BROKEN',
      message: expect.stringContaining('line 3'),
    });
  });
});

it('global settings can be changed, listed and reset', async () => {
  writeFileSync(join(machine.work, 'ca.pem'), 'not a certificate');
  const set = await machine.run(['config', 'set', 'ca-file', 'ca.pem', '--json']);
  expect(expectShape('config-set', set.stdout)['value']).toBe(join(machine.work, 'ca.pem'));
  const list = expectShape<{ settings: unknown[] }>(
    'config-list',
    (await machine.run(['config', 'list', '--json'])).stdout,
  );
  expect(list.settings).toMatchObject([
    { name: 'ca-file', value: join(machine.work, 'ca.pem') },
    { name: 'plugin', value: 'on' },
    { name: 'metrics', value: 'off' },
  ]);
  const broken = await machine.run([
    'profile',
    'login',
    '--url',
    'https://127.0.0.1:9',
    '--store',
    'encrypted-file',
    '--json',
  ]);
  expect(expectShape('error', broken.stdout)['error']).toMatchObject({ code: 'CA_FILE' });
  await machine.run(['config', 'unset', 'ca-file']);
  expect((await machine.run(['config', 'set', 'nothing', 'x', '--json'])).code).toBe(2);
});
