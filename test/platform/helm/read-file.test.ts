import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTextFile } from '../../../src/platform/helm/read-file.ts';
import { temporaryFolder } from '../../support/context.ts';

describe('reading a file of values', () => {
  it('says what is in the way, with a code of its own', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'a.yaml'), 'a: 1\n');
    mkdirSync(join(cwd, 'folder'));
    for (const [path, reason] of [
      ['none.yaml', 'it does not exist'],
      ['folder', 'it is a folder'],
    ] as const)
      expect(() => readTextFile(path, cwd)).toThrow(
        expect.objectContaining({ code: 'PLATFORM_FILE', message: `${path} cannot be read: ${reason}.` }),
      );
    expect(readTextFile('a.yaml', cwd)).toBe('a: 1\n');
  });

  it.runIf(process.platform !== 'win32')('says so of a path that leads nowhere', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'a.yaml'), 'a: 1\n');
    symlinkSync('circle', join(cwd, 'circle'));
    expect(() => readTextFile('a.yaml/b.yaml', cwd)).toThrow('a part of its path is not a folder');
    expect(() => readTextFile('circle', cwd)).toThrow('its symbolic links lead in a circle');
  });

  it.runIf(process.platform !== 'win32')('does not read from a device, which may never end', () => {
    expect(() => readTextFile('/dev/zero', '/')).toThrow('it is a device');
  });
});
