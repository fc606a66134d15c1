import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { configPath } from '../../src/config/file.ts';
import { readProject } from '../../src/config/layers/folder.ts';
import { distrust, isTrusted, trust } from '../../src/config/trust.ts';
import { identityOf } from '../../src/system/real-path.ts';
import { temporaryFolder, testContext } from '../support/context.ts';

/**
 * Below a folder called `disk`, letter case does not matter, as on Windows and macOS: `realpathSync` keeps the case that
 * it is given, and `realpathSync.native` gives that of the disk.
 */
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const onDisk = (path: unknown): unknown =>
    typeof path === 'string'
      ? path.replace(/(\/disk\/)(.*)$/, (_, before: string, below: string) => before + below.toLowerCase())
      : path;
  const blind = <T extends (...given: never[]) => unknown>(call: T): T =>
    ((path: unknown, ...rest: unknown[]) =>
      (call as unknown as (...given: unknown[]) => unknown)(onDisk(path), ...rest)) as unknown as T;
  const asGiven = (path: string): string => {
    fs.statSync(onDisk(path) as string);
    return path;
  };
  const real = Object.assign(asGiven, { native: blind(fs.realpathSync.native) });
  return {
    ...fs,
    readFileSync: blind(fs.readFileSync),
    statSync: blind(fs.statSync),
    realpathSync: real as unknown as typeof fs.realpathSync,
  };
});

const AT_A = JSON.stringify({ codeMieUrl: 'https://a.example' });

/** A disk with a home folder, its settings, and a working folder in it. */
function disk() {
  const root = join(temporaryFolder(), 'disk');
  const [userHome, cwd] = [join(root, 'users', 'me'), join(root, 'users', 'me', 'proj')];
  const home = join(userHome, '.codemie');
  for (const folder of [home, cwd]) mkdirSync(folder, { recursive: true });
  writeFileSync(configPath(home), AT_A);
  return { userHome, home, cwd, shout: (path: string) => path.replace('/disk/users', '/disk/Users') };
}

it('your own settings are not a project’s in a folder that the shell spells in another case', () => {
  const { userHome, home, cwd, shout } = disk();
  expect(shout(cwd)).not.toBe(cwd);
  for (const folder of [cwd, userHome])
    expect(readProject({ home, userHome, cwd: shout(folder) })).toBe(undefined);
  expect(readProject({ home: shout(home), userHome: shout(userHome), cwd })).toBe(undefined);
});

it('CODEMIE_HOME in a project, spelled in another case, is not the project’s settings', () => {
  const { userHome, cwd, shout } = disk();
  const home = join(cwd, '.codemie');
  mkdirSync(home);
  writeFileSync(configPath(home), AT_A);
  const place = { userHome, cwd };
  expect(readProject({ ...place, home: shout(home) })).toBe(undefined);
  expect(readProject({ ...place, home: temporaryFolder() })?.folder).toBe(cwd);
});

it('trust in a folder holds however the shell spells it, and ends the same way', async () => {
  const { userHome, home, cwd, shout } = disk();
  mkdirSync(join(cwd, '.codemie'));
  writeFileSync(configPath(join(cwd, '.codemie')), AT_A);
  const { clock } = testContext();
  const project = readProject({ home, userHome, cwd: shout(cwd) });
  if (project === undefined) throw new Error('no project');
  await trust({ home, clock }, { ...project, folder: shout(cwd) });
  expect(isTrusted(home, { ...project, folder: cwd })).toBe(true);
  expect(await distrust({ home, clock }, cwd)).toBe(true);
  expect(isTrusted(home, { ...project, folder: shout(cwd) })).toBe(false);
});

it('one folder has one identity, also by a link; two folders and two missing ones have two', () => {
  const { userHome, cwd, shout } = disk();
  const link = join(temporaryFolder(), 'link');
  symlinkSync(cwd, link);
  expect(new Set([cwd, shout(cwd), link, realpathSync(cwd)].map(identityOf)).size).toBe(1);
  const others = [userHome, cwd, join(userHome, 'gone'), join(cwd, 'gone')];
  expect(new Set(others.map(identityOf)).size).toBe(others.length);
  expect(identityOf(shout(join(cwd, 'gone')))).toBe(identityOf(join(cwd, 'gone')));
});
