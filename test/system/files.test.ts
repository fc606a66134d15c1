import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ensurePrivateFolder,
  removeFolder,
  removeLeftovers,
  writeFileAtomic,
} from '../../src/system/files.ts';
import { temporaryFolder } from '../support/context.ts';

describe('S24: a write replaces the file as a whole', () => {
  it('creates the file 0600 in a folder 0700 and leaves no temporary file', () => {
    const folder = join(temporaryFolder(), 'deep');
    const path = join(folder, 'file');
    writeFileAtomic(path, 'one');
    writeFileAtomic(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('replaces a symbolic link instead of writing through it', () => {
    const folder = temporaryFolder();
    const target = join(folder, 'target');
    writeFileSync(target, 'untouched');
    symlinkSync(target, join(folder, 'link'));
    writeFileAtomic(join(folder, 'link'), 'secret');
    expect(readFileSync(target, 'utf8')).toBe('untouched');
  });

  it('removes what a killed writer left behind, but not the file of a running one', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const names = {
      dead: `file.${dead}.00112233aabb.tmp`,
      alive: `file.${process.pid}.00112233aabb.tmp`,
      other: `other.${dead}.00112233aabb.tmp`,
    };
    for (const name of Object.values(names)) writeFileSync(join(folder, name), 'secret');
    writeFileAtomic(path, 'x');
    expect(readdirSync(folder).sort()).toEqual([names.alive, 'file', names.other].sort());
    removeLeftovers(path);
    expect(readdirSync(folder).sort()).toEqual(['file', names.other].sort());
  });

  it('keeps the old file when the write fails', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    mkdirSync(path);
    expect(() => writeFileAtomic(path, 'x')).toThrow();
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('S21: restores the mode of a folder that others could read', () => {
    const folder = join(temporaryFolder(), 'home');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    ensurePrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});

it('removes a folder and its contents, but not the target of a link in it', () => {
  const place = temporaryFolder();
  const kept = join(place, 'kept');
  const folder = join(place, 'folder');
  for (const path of [kept, join(folder, 'a', 'b')]) mkdirSync(path, { recursive: true });
  writeFileSync(join(kept, 'file'), '');
  writeFileSync(join(folder, 'a', 'file'), '');
  symlinkSync(kept, join(folder, 'a', 'link'));
  symlinkSync(join(place, 'nowhere'), join(folder, 'a', 'b', 'link'));
  removeFolder(folder);
  removeFolder(join(place, 'never-there'));
  symlinkSync(kept, folder);
  removeFolder(folder);
  expect(readdirSync(place, { recursive: true }).sort()).toEqual(['kept', join('kept', 'file')]);
});

it('every file that we keep is replaced as a whole: nothing else in the sources overwrites a file', () => {
  const root = join(import.meta.dirname, '..', '..', 'src');
  const places = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== join('system', 'files.ts'))
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .filter((line) => /\b(writeFileSync|writeFile|createWriteStream|truncateSync)\(/.test(line))
        // New files only.
        .filter((line) => !/flag: 'wx'/.test(line))
        .map((line) => `${path.replaceAll('\\', '/')}: ${line.trim().slice(0, 60)}`),
    );
  // The file that you ask for, which may be a pipe or a device.
  expect(places).toEqual([
    expect.stringMatching(/^commands\/doctor\/doctor\.ts: writeFileSync\(resolve\(context\.cwd, file\)/),
  ]);
});
