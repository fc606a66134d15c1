import { chmodSync, chownSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireOwnFolder } from '../../src/system/own-folder.ts';
import { temporaryFolder } from '../support/context.ts';

const me = process.getuid?.() ?? 0;

function folder(mode: number): string {
  const path = temporaryFolder();
  chmodSync(path, mode);
  return path;
}
const modeOf = (path: string): number => statSync(path).mode & 0o7777;

describe.skipIf(process.platform === 'win32')('the folder of settings and keys', () => {
  it.each([0o777, 0o775, 0o722])('of mode %o is closed, and that is said', (mode) => {
    const path = folder(mode);
    expect(requireOwnFolder(path)).toContain(`could write to ${path}; it is closed to them now`);
    expect(modeOf(path)).toBe(0o700);
    expect(requireOwnFolder(path)).toBeUndefined();
  });

  it.each([0o700, 0o755, 0o500])('of mode %o is as it should be', (mode) => {
    const path = folder(mode);
    expect(requireOwnFolder(path)).toBeUndefined();
    expect(modeOf(path)).toBe(mode);
  });

  it('that is meant for everybody, as /tmp, is refused and not closed to the others', () => {
    const path = folder(0o1777);
    expect(() => requireOwnFolder(path)).toThrow(
      expect.objectContaining({ code: 'HOME_SHARED', exit: 'config' }),
    );
    expect(modeOf(path)).toBe(0o1777);
  });

  it('of somebody else that others can write to is refused, also behind a link', () => {
    const path = folder(0o777);
    const link = join(temporaryFolder(), 'link');
    symlinkSync(path, link);
    for (const place of [path, link])
      expect(() => requireOwnFolder(place, me + 1)).toThrow('others can write to it');
    expect(modeOf(path)).toBe(0o777);
  });

  it('that is not there yet is nobody else’s', () => {
    expect(requireOwnFolder(join(temporaryFolder(), 'none'))).toBeUndefined();
  });

  it.runIf(me === 0)(
    'with a gateway key that another user planted in it is refused until that is gone',
    () => {
      const path = folder(0o777);
      writeFileSync(join(path, 'gateway-key'), 'planted');
      chownSync(join(path, 'gateway-key'), 12_345, 12_345);
      expect(() => requireOwnFolder(path)).toThrow('others could write to it, and gateway-key is not yours');
      expect(modeOf(path)).toBe(0o777);
    },
  );

  it.runIf(me === 0)('of somebody else, closed: refused for a person, fine for the superuser', () => {
    const path = folder(0o700);
    chownSync(path, 12_345, 12_345);
    expect(() => requireOwnFolder(path, 12_346)).toThrow('belongs to another user');
    expect(requireOwnFolder(path)).toBeUndefined();
    // A read-only folder of a container is the system's.
    chownSync(path, 0, 0);
    expect(requireOwnFolder(path, 12_346)).toBeUndefined();
  });
});
