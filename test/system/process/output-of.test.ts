import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type OutputOptions, outputOf } from '../../../src/system/process/output-of.ts';
import { childOf, temporaryFolder } from '../../support/context.ts';
import { isAlive } from '../../support/processes.ts';

const stop = new AbortController();
const run = (
  source: string,
  args: readonly string[] = [],
  options: Partial<OutputOptions> = {},
): Promise<string> =>
  outputOf(process.execPath, ['-e', source, '--', ...args], {
    env: childOf({ PATH: process.env['PATH'] }),
    signal: stop.signal,
    ...options,
  });

describe('a helper program', () => {
  it('gets its arguments unchanged, without a shell', async () => {
    const args = ['a b', '"c" & d', '$(id) `id` %PATH%', 'line\nline', 'ü日本'];
    const printed = await run('process.stdout.write(JSON.stringify(process.argv.slice(1)))', args);
    expect(JSON.parse(printed)).toEqual(args);
  });

  it('starts with spaces in its path and its folder', async () => {
    const folder = join(temporaryFolder());
    const program = join(folder, 'a program');
    writeFileSync(program, '#!/bin/sh\nprintf "%s" "$1"\n');
    chmodSync(program, 0o755);
    const options = { env: childOf({}), signal: stop.signal, cwd: folder };
    expect(await outputOf(program, ['C:\\Users\\First Last\\.codemie'], options)).toBe(
      'C:\\Users\\First Last\\.codemie',
    );
  });

  it('reports its exit code when it fails, and its stderr if that is not secret', async () => {
    const source = 'console.error("the reason"); process.exit(3)';
    const plain = await run(source).catch((error: Error) => error.message);
    expect(plain).toContain('failed (3)');
    expect(plain).not.toContain('the reason');
    await expect(run(source, [], { tellErrors: true })).rejects.toThrow('failed (3): the reason');
  });

  it('gives one error if it does not exist', async () => {
    const options = { env: childOf({}), signal: stop.signal };
    await expect(outputOf('/nowhere/npm', [], options)).rejects.toThrow("couldn't start /nowhere/npm");
  });

  it('is ended when it prints too much', async () => {
    await expect(run('for (;;) require("node:fs").writeSync(1, "x".repeat(65536))')).rejects.toThrow(
      'printed too much',
    );
  });
});

describe('a helper program is ended with everything it started', () => {
  /** Ignores SIGTERM, as does its child process; both ids are recorded. */
  const source = (note: string): string => `process.on('SIGTERM', () => {});
    const tool = require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('tool', ''); setInterval(() => {}, 1000)"], { stdio: 'inherit', cwd: ${JSON.stringify(note)} });
    require('node:fs').writeFileSync(${JSON.stringify(join(note, 'pids'))}, process.pid + ' ' + tool.pid); setInterval(() => {}, 1000);`;
  const pidsIn = (folder: string): number[] =>
    readFileSync(join(folder, 'pids'), 'utf8').split(' ').map(Number);

  it('after its time limit', async () => {
    const folder = temporaryFolder();
    await expect(run(source(folder), [], { timeoutMs: 1500 })).rejects.toThrow('took longer than');
    await expect.poll(() => pidsIn(folder).map(isAlive)).toEqual([false, false]);
  });

  it('without waiting for a program that left its group and holds its output open', async () => {
    const note = join(temporaryFolder(), 'pid');
    onTestFinished(() => void process.kill(Number(readFileSync(note, 'utf8')), 'SIGKILL'));
    const source = `const options = { stdio: 'inherit', detached: true };
      const tool = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], options);
      require('node:fs').writeFileSync(${JSON.stringify(note)}, String(tool.pid)); setInterval(() => {}, 1000)`;
    await expect(run(source, [], { timeoutMs: 1500 })).rejects.toThrow('took longer than');
  }, 15_000);

  it('when we are asked to stop', async () => {
    const folder = temporaryFolder();
    const told = new AbortController();
    const ended = run(source(folder), [], { signal: told.signal });
    ended.catch(() => undefined);
    await expect.poll(() => existsSync(join(folder, 'tool')), { timeout: 10_000 }).toBe(true);
    told.abort(new Error('stop'));
    await expect(ended).rejects.toThrow('was told to stop');
    await expect.poll(() => pidsIn(folder).map(isAlive)).toEqual([false, false]);
  });

  it('and does not start if we were already asked to stop', async () => {
    const folder = temporaryFolder();
    await expect(
      run(source(folder), [], { signal: AbortSignal.abort(new Error('stopped before')) }),
    ).rejects.toThrow('stopped before');
    expect(existsSync(join(folder, 'pids'))).toBe(false);
  });
});
