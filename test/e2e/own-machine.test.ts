import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machine, type Result, root } from '../support/program.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
  mkdirSync(machine.home, { mode: 0o700 });
  writeFileSync(
    join(machine.home, 'codemie-cli.config.json'),
    JSON.stringify({ version: 2, activeProfile: 'home', profiles: { home: {}, work: {} } }),
  );
});
afterEach(() => machine.dispose());

it.skipIf(process.platform === 'win32')(
  'any command restricts a folder of mode 0777, and says so',
  async () => {
    chmodSync(machine.home, 0o777);
    const list = await machine.run(['profile', 'list']);
    expect([list.code, statSync(machine.home).mode & 0o777]).toEqual([0, 0o700]);
    expect(list.stderr).toContain(`warning: other users of this computer could write to ${machine.home}`);
    chmodSync(machine.home, 0o1777);
    const refused = await machine.run(['profile', 'list', '--json']);
    expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([9, 'HOME_SHARED']);
  },
);

it.each(['work\r', ' work ', 'work\n'])('CODEMIE_PROFILE=%j is profile "work"', async (CODEMIE_PROFILE) => {
  const status = await machine.run(['profile', 'status', '--json', '--offline'], {
    env: { CODEMIE_PROFILE, CODEMIE_URL: ' https://h.example\r' },
  });
  expect(JSON.parse(status.stdout)).toMatchObject({ profile: 'work', url: 'https://h.example' });
});

it('a passphrase keeps its leading and trailing spaces', async () => {
  const { trimVariables } = await import('../../src/system/process/trim-variables.ts');
  const env = { CODEMIE_PASSPHRASE: ' p ', CODEMIE_MODEL: 'm\r', https_proxy: ' http://p ', OTHER: ' o ' };
  trimVariables(env);
  expect(env).toEqual({
    CODEMIE_PASSPHRASE: ' p ',
    CODEMIE_MODEL: 'm',
    https_proxy: 'http://p',
    OTHER: ' o ',
  });
});

it('quotes that docker --env-file leaves around a value are ignored, with a notice', async () => {
  const { code, stdout, stderr } = await machine.run(['profile', 'status', '--json', '--offline'], {
    env: { CODEMIE_PROFILE: '"work"', CODEMIE_URL: "'https://h.example'\r" },
  });
  expect([code, JSON.parse(stdout)]).toMatchObject([4, { profile: 'work', url: 'https://h.example' }]);
  expect(stderr).toContain('The quotes around the value of CODEMIE_PROFILE were ignored.');
  expect(stderr).toContain('The quotes around the value of CODEMIE_URL were ignored.');
});

describe.skipIf(process.platform === 'win32')('in a folder that was removed', () => {
  const runThere = (...args: string[]): Promise<Result> => {
    const there = join(machine.folder, 'gone');
    mkdirSync(there);
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
    const words = ['-c', script, 'sh', there, process.execPath, join(root, 'bin', 'codemie.js'), ...args];
    return machine.collect(spawn('/bin/sh', words, { env: machine.env as NodeJS.ProcessEnv }));
  };

  it.each([
    'help profile login',
    'profile list',
    'config list',
    'sandbox status',
    'mcp list',
    'doctor --only config',
  ])('%s works', async (line) => {
    const { stdout, stderr } = await runThere(...line.split(' '));
    expect(stdout + stderr).not.toMatch(/INTERNAL|uv_cwd/);
    expect((stdout + stderr).length).toBeGreaterThan(10);
  });

  it('a launch says that the folder is gone', async () => {
    const { code, stderr } = await runThere('run', 'claude', '--task', 'hi');
    expect([code, stderr]).toEqual([1, expect.stringContaining('[FOLDER_GONE]')]);
  });
});
