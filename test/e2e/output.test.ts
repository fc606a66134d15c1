import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, root } from '../support/program.ts';

const ENTRIES = 20_000;
const SHOW = ['audit', 'show', '--json', '--limit', String(ENTRIES)];

/** A parent process may have set this on its end of the pipe; a Node program cannot. */
const DO_NOT_WAIT = 'use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK); exec @ARGV';
const noPerl = process.platform === 'win32' || spawnSync('perl', ['-e', '1']).status !== 0;

/** Several megabytes of output must arrive in full, whatever stdout is. */
describe('output', () => {
  const machine = new Machine();
  const program = [join(root, 'bin', 'codemie.js'), ...SHOW];
  const env = machine.env as NodeJS.ProcessEnv;
  const check = (text: string): void => {
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text).entries).toHaveLength(ENTRIES);
  };

  beforeAll(() => {
    const folder = join(machine.home, 'audit');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lines = Array.from({ length: ENTRIES }, (_, i) =>
      JSON.stringify({ seq: i + 1, at: '2026-01-01T00:00:00Z', event: 'sign-in', filler: 'ä'.repeat(100) }),
    );
    writeFileSync(join(folder, 'audit.jsonl'), `${lines.join('\n')}\n`, { mode: 0o600 });
  });
  afterAll(() => machine.dispose());

  it('a pipe', async () => {
    const { code, stdout } = await machine.run(SHOW);
    expect(code).toBe(0);
    check(stdout);
  });

  it('a file', async () => {
    const path = join(machine.folder, 'out');
    const child = spawn(process.execPath, program, {
      env,
      stdio: ['ignore', openSync(path, 'w'), 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    check(readFileSync(path, 'utf8'));
  });

  it('a reader that has gone away is not an error, and prints nothing', async () => {
    const child = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const { code, stderr } = await machine.collect(child);
    expect([code, stderr]).toEqual([0, '']);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk is reported', async () => {
    const child = spawn(process.execPath, program, {
      env,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    const { code, stderr } = await machine.collect(child);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*ENOSPC.* \[OUTPUT_LOST\]\n {2}hint: .*\n$/);
  });

  it.skipIf(!existsSync('/dev/full'))('unwritable messages do not change the outcome', async () => {
    const child = spawn(process.execPath, [join(root, 'bin', 'codemie.js'), 'profile', 'use', 'nobody'], {
      env,
      stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
    });
    expect((await machine.collect(child)).code).toBe(9);
  });

  it.skipIf(noPerl)('a full non-blocking pipe with a slow reader', async () => {
    const args = ['-e', DO_NOT_WAIT, process.execPath, ...program];
    const child = spawn('perl', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.pause();
    const collected = machine.collect(child);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.stdout.resume();
    const { code, stdout } = await collected;
    expect(code).toBe(0);
    check(stdout);
  });
});
