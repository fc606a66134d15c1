import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLog } from '../../src/system/log.ts';
import { temporaryFolder as folderForRuns } from '../../src/system/temporary-folder.ts';
import { runFolder, sweepRunFolders, tidyFolder } from '../../src/system/tidy.ts';
import { temporaryFolder } from '../support/context.ts';

/** A machine where a folder can be removed after this many attempts. */
function machine(failures: number) {
  const done = { tries: 0, waited: 0, said: [] as string[] };
  const context = {
    clock: {
      sleep: async (ms: number) => {
        done.waited += ms;
      },
    },
    log: createLog(
      true,
      () => 0,
      (line) => done.said.push(line),
    ),
  };
  const remove = (): void => {
    done.tries += 1;
    if (done.tries <= failures) throw Object.assign(new Error('EBUSY: resource busy'), { code: 'EBUSY' });
  };
  return { done, run: () => tidyFolder('C:\\Temp\\codemie-x', context, remove) };
}

it('removal waits for open files in a folder', async () => {
  const { done, run } = machine(4);
  expect(await run()).toBeUndefined();
  expect([done.tries, done.said]).toEqual([5, []]);
});

it('a folder still in use after two seconds is left behind, with a line in the debug log', async () => {
  const { done, run } = machine(Number.POSITIVE_INFINITY);
  expect(await run()).toContain('EBUSY');
  expect(done.waited).toBe(2000);
  expect(done.said).toEqual([expect.stringMatching(/left behind .*codemie-x.*EBUSY/)]);
});

it('removes a folder on this system, and accepts a missing one', async () => {
  const folder = join(temporaryFolder(), 'run');
  mkdirSync(folder);
  writeFileSync(join(folder, 'settings.json'), '{}');
  const context = {
    clock: { sleep: async () => undefined },
    log: createLog(
      false,
      () => 0,
      () => undefined,
    ),
  };
  expect(await tidyFolder(folder, context)).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
  expect(await tidyFolder(folder, context)).toBeUndefined();
});

it('a later run removes a leftover folder once its process has ended and a week has passed', () => {
  const parent = temporaryFolder();
  const dead = 4_194_303;
  const DAY = 86_400_000;
  const put = (name: string, days: number): void => {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, 'settings.json'), '{}');
    const at = new Date(Date.now() - days * DAY);
    utimesSync(join(parent, name), at, at);
  };
  put(`codemie-${dead}-aaaaaa`, 8);
  put(`codemie-${dead}-bbbbbb`, 8);
  put(`codemie-${dead}-cccccc`, 6);
  put(`codemie-${process.pid}-dddddd`, 8);
  put('codemie-notours', 8);
  put(`codemie-${dead}-too-long`, 8);
  const kept = [
    `codemie-${dead}-cccccc`,
    `codemie-${dead}-too-long`,
    `codemie-${process.pid}-dddddd`,
    'codemie-notours',
  ];
  sweepRunFolders(parent);
  expect(readdirSync(parent).sort()).toEqual(kept.sort());
  for (const nothing of ['nowhere', 'codemie-notours/settings.json']) sweepRunFolders(join(parent, nothing));
});

it.runIf(process.getuid?.() === 0)('a folder of another user is left alone', () => {
  const parent = temporaryFolder();
  const folder = join(parent, 'codemie-4194303-aaaaaa');
  mkdirSync(folder);
  chownSync(folder, 4711, 4711);
  utimesSync(folder, new Date(0), new Date(0));
  sweepRunFolders(parent);
  expect(existsSync(folder)).toBe(true);
});

it('a link in place of a run folder is never followed', () => {
  const [parent, kept] = [temporaryFolder(), temporaryFolder()];
  writeFileSync(join(kept, 'file'), '');
  const at = new Date(0);
  utimesSync(kept, at, at);
  symlinkSync(kept, join(parent, 'codemie-4194303-aaaaaa'));
  sweepRunFolders(parent);
  expect(readdirSync(kept)).toEqual(['file']);
});

it('a run folder is private and named after its process', () => {
  const parent = temporaryFolder();
  const folder = runFolder({ path: parent, variable: undefined });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(folder).toMatch(new RegExp(`/codemie-${process.pid}-\\w{6}$`));
});

it.each([
  ['win32', { TMPDIR: '/nowhere/posix', TMP: '/nowhere/tmp', TEMP: '/nowhere/temp' }, 'TEMP'],
  ['win32', { TMPDIR: '/nowhere/posix', TMP: '/nowhere/tmp' }, 'TMP'],
  ['darwin', { TMPDIR: '/nowhere/posix', TEMP: '/nowhere/temp' }, 'TMPDIR'],
  ['linux', { TMP: '/nowhere/tmp', TEMP: '/nowhere/temp' }, 'TMP'],
] as const)(
  'a temporary folder that is missing on %s is answered with its variable: %j',
  (platform, env, name) => {
    const folder = folderForRuns({ env, platform });
    expect(() => runFolder(folder)).toThrow(
      expect.objectContaining({
        code: 'FILES_CLOSED',
        fix: `unset ${name}`,
        message: expect.stringContaining(folder.path),
      }),
    );
  },
);
