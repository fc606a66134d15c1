import { chmodSync, chownSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyIn } from '../../src/gateway/keys.ts';
import { ensurePrivateFolder } from '../../src/system/files.ts';
import { requireOwnFile, requireOwnFolder } from '../../src/system/own-folder.ts';
import { temporaryFolder } from '../support/context.ts';

const me = process.getuid?.() ?? 0;

function folder(mode: number): string {
  const path = temporaryFolder();
  chmodSync(path, mode);
  return path;
}
const modeOf = (path: string): number => statSync(path).mode & 0o7777;

describe.skipIf(process.platform === 'win32')('the folder of settings and keys', () => {
  it.each([0o777, 0o775, 0o722])('with mode %o is closed to others, with a warning', (mode) => {
    const path = folder(mode);
    expect(requireOwnFolder(path)).toContain(`could write to ${path}. Fixed: only you can now`);
    expect(modeOf(path)).toBe(0o700);
    expect(requireOwnFolder(path)).toBeUndefined();
  });

  it.each([0o700, 0o755, 0o500])('with mode %o is accepted', (mode) => {
    const path = folder(mode);
    expect(requireOwnFolder(path)).toBeUndefined();
    expect(modeOf(path)).toBe(mode);
  });

  it('is refused and left open if it is a shared one such as /tmp', () => {
    const path = folder(0o1777);
    expect(() => requireOwnFolder(path)).toThrow(
      expect.objectContaining({ code: 'HOME_SHARED', exit: 'config' }),
    );
    expect(modeOf(path)).toBe(0o1777);
  });

  it('is refused if it belongs to another user and others can write to it, also through a link', () => {
    const path = folder(0o777);
    const link = join(temporaryFolder(), 'link');
    symlinkSync(path, link);
    for (const place of [path, link])
      expect(() => requireOwnFolder(place, me + 1)).toThrow('other users can write to it');
    expect(modeOf(path)).toBe(0o777);
  });

  it('is accepted if it does not exist yet', () => {
    expect(requireOwnFolder(join(temporaryFolder(), 'none'))).toBeUndefined();
  });

  it.runIf(me === 0)('is refused until a gateway key that another user planted in it is removed', () => {
    const path = folder(0o777);
    writeFileSync(join(path, 'gateway-key'), 'planted');
    chownSync(join(path, 'gateway-key'), 12_345, 12_345);
    expect(() => requireOwnFolder(path)).toThrow(
      'other users could write to it, and gateway-key is not yours',
    );
    expect(modeOf(path)).toBe(0o777);
  });

  it.runIf(me === 0)('of another user, closed to others, is refused for a user and accepted for root', () => {
    const path = folder(0o700);
    chownSync(path, 12_345, 12_345);
    expect(() => requireOwnFolder(path, 12_346)).toThrow('belongs to another user');
    expect(requireOwnFolder(path)).toBeUndefined();
    // In a container, a read-only folder may belong to root.
    chownSync(path, 0, 0);
    expect(requireOwnFolder(path, 12_346)).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32' || me !== 0)('a key or credential file', () => {
  const file = (owner: number, mode = 0o600): string => {
    const path = join(folder(0o700), 'gateway-key');
    writeFileSync(path, 'key', { mode });
    chmodSync(path, mode);
    chownSync(path, owner, owner);
    return path;
  };

  it('of another user is refused, though the folder is closed by now', () => {
    expect(() => requireOwnFile(file(12_345), 12_346)).toThrow(
      expect.objectContaining({ code: 'HOME_SHARED', exit: 'config' }),
    );
    expect(() => requireOwnFile(file(12_345))).toThrow('belongs to another user');
    expect(() => keyIn(file(12_345))).toThrow('belongs to another user');
  });

  it('of yours, of root, or of the user who invoked root is accepted', () => {
    requireOwnFile(file(12_345), 12_345);
    requireOwnFile(file(0), 12_345);
    const path = file(12_345);
    chownSync(dirname(path), 12_345, 12_345);
    requireOwnFile(path);
    requireOwnFile(join(dirname(path), 'none'));
  });

  it('that others can read becomes private', () => {
    const path = file(0, 0o644);
    requireOwnFile(path);
    expect(modeOf(path)).toBe(0o600);
  });
});

it.skipIf(process.platform === 'win32')(
  'a folder that all users share keeps its mode when a file is put into it',
  () => {
    const path = folder(0o1777);
    ensurePrivateFolder(path);
    expect(modeOf(path)).toBe(0o1777);
  },
);
