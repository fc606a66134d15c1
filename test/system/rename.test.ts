import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Renaming, renameFile } from '../../src/system/rename.ts';
import { temporaryFolder } from '../support/context.ts';
import { root } from '../support/program.ts';

/** A machine where the first renames fail. `waits` are the pauses between attempts, ms. */
function machine(platform: NodeJS.Platform, code: string, failures: number) {
  const done = { tries: 0, waits: [] as number[] };
  const renaming: Renaming = {
    platform,
    rename: () => {
      done.tries += 1;
      if (done.tries <= failures) throw Object.assign(new Error(`${code}: rename`), { code });
    },
    wait: (ms) => void done.waits.push(ms),
  };
  return { done, run: () => renameFile('from', 'C:\\Users\\ada\\.codemie\\c.enc', renaming) };
}

describe('a file that another program has open on Windows', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('is replaced as soon as the other program closes it (%s)', (code) => {
    const { done, run } = machine('win32', code, 7);
    run();
    expect(done.tries).toBe(8);
    expect(done.waits).toEqual([5, 10, 20, 40, 50, 50, 50]);
  });

  it('is reported as in use after ten seconds, not as a missing permission', () => {
    const { done, run } = machine('win32', 'EPERM', Number.POSITIVE_INFINITY);
    expect(run).toThrow(
      expect.objectContaining({
        code: 'FILE_IN_USE',
        exit: 'store',
        message: expect.stringContaining('c.enc: another program is using it (EPERM)'),
      }),
    );
    const waited = done.waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThanOrEqual(10_000);
    expect(waited).toBeLessThan(10_100);
  });

  it.each([
    ['win32', 'ENOSPC'],
    ['win32', 'ENOENT'],
    ['linux', 'EPERM'],
    ['darwin', 'EACCES'],
  ] as const)('any other fault is told at once (%s, %s)', (platform, code) => {
    const { done, run } = machine(platform, code, Number.POSITIVE_INFINITY);
    expect(run).toThrow(expect.objectContaining({ code }));
    expect(done).toEqual({ tries: 1, waits: [] });
  });
});

it('renames files and folders on this system', () => {
  const folder = temporaryFolder();
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  renameFile(from, to);
  expect(readFileSync(to, 'utf8')).toBe('new');
  mkdirSync(from);
  renameFile(from, join(folder, 'moved'));
  expect(readdirSync(folder).sort()).toEqual(['moved', 'to']);
});

it('every rename in the program is retried on Windows', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const renames = files.filter(
    (file) =>
      file.endsWith('.ts') &&
      /\brenameSync\b|from .node:fs\/promises/.test(readFileSync(join(root, 'src', file), 'utf8')),
  );
  expect(renames).toEqual(['system/rename.ts']);
});
