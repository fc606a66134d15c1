import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { configPath, readConfig } from '../../src/config/file.ts';
import { saveProfile } from '../../src/config/write.ts';
import { systemClock as clock } from '../../src/system/clock.ts';
import { asCodemieError } from '../../src/terminal/render-error.ts';
import { temporaryFolder } from '../support/context.ts';

/** A disk with room for this many bytes of one file: it accepts what fits, and fails only when nothing fits. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY, code: 'ENOSPC' }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    writeSync: (handle: number, bytes: Uint8Array, offset = 0) => {
      const length = Math.min(bytes.length - offset, disk.room - offset);
      if (length <= 0) throw Object.assign(new Error(disk.code), { code: disk.code });
      return real.writeSync(handle, bytes, offset, length);
    },
  };
});

beforeEach(() => {
  disk.room = Number.POSITIVE_INFINITY;
});

const NAMES = Array.from({ length: 60 }, (_, i) => `profile-${i}`);

/** Settings much larger than one disk block, with a credential reference in every profile. */
async function manyProfiles(): Promise<string> {
  const home = join(temporaryFolder(), '.codemie');
  mkdirSync(home);
  const profiles = Object.fromEntries(
    NAMES.map((name) => [
      name,
      {
        name,
        codeMieUrl: `https://${name}.example.com`,
        credential: { store: 'keychain', id: `https://${name}.example.com#ada` },
      },
    ]),
  );
  writeFileSync(configPath(home), JSON.stringify({ version: 2, profiles }, undefined, 2));
  return home;
}

const references = (home: string): number =>
  Object.values(readConfig(home).profiles).filter(({ credential }) => credential !== undefined).length;

describe('settings on a nearly full disk', () => {
  it.each([
    ['ENOSPC', 4096],
    ['ENOSPC', 0],
    ['EDQUOT', 4096],
    ['EFBIG', 8192],
  ])('keep every credential reference when a write stops part-way (%s after %d)', async (code, room) => {
    const home = await manyProfiles();
    const before = readFileSync(configPath(home), 'utf8');
    Object.assign(disk, { code, room });
    const failed = await saveProfile({ home, clock }, 'one-more', { model: 'm' }, { activate: true }).then(
      () => undefined,
      asCodemieError,
    );
    expect(failed).toMatchObject({ code: 'DISK_FULL', exit: 'store' });
    disk.room = Number.POSITIVE_INFINITY;
    expect(readFileSync(configPath(home), 'utf8')).toBe(before);
    expect(references(home)).toBe(NAMES.length);
    expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('keep all of them in the next change, once there is room again', async () => {
    const home = await manyProfiles();
    await saveProfile({ home, clock }, 'one-more', { model: 'm' }, { activate: true });
    expect(references(home)).toBe(NAMES.length);
    expect(readConfig(home).activeProfile).toBe('one-more');
  });
});

it('stay a link to a dotfiles repository', async () => {
  const home = await manyProfiles();
  const dotfiles = join(temporaryFolder(), 'codemie.json');
  writeFileSync(dotfiles, readFileSync(configPath(home)));
  const linked = join(temporaryFolder(), '.codemie');
  mkdirSync(linked);
  symlinkSync(dotfiles, configPath(linked));
  await saveProfile({ home: linked, clock }, 'one-more', { model: 'm' }, { activate: true });
  expect(lstatSync(configPath(linked)).isSymbolicLink()).toBe(true);
  expect(readFileSync(dotfiles, 'utf8')).toContain('one-more');
  expect(lstatSync(dirname(dotfiles)).mode & 0o777).toBe(0o700);
});
