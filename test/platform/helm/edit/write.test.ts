import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileEdit } from '../../../../src/platform/helm/edit/plan.ts';
import { writeEdit } from '../../../../src/platform/helm/edit/write.ts';
import { CodemieError } from '../../../../src/system/errors.ts';
import { temporaryFolder } from '../../../support/context.ts';

const EDIT: FileEdit = {
  path: 'values.yaml',
  before: 'a: 1\n',
  after: 'a: 2\n',
  diff: '',
  isMasked: false,
};

function codeOf(work: () => void): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof CodemieError ? error.code : String(error);
  }
  return undefined;
}

describe('writing an edited values file', () => {
  it('replaces the text that the edit was made for', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'values.yaml'), 'a: 1\n');
    writeEdit(EDIT, cwd);
    expect(readFileSync(join(cwd, 'values.yaml'), 'utf8')).toBe('a: 2\n');
    expect(readdirSync(cwd)).toEqual(['values.yaml']);
  });

  it('refuses a file that somebody changed in between', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'values.yaml'), 'a: 1\nb: theirs\n');
    expect(codeOf(() => writeEdit(EDIT, cwd))).toBe('PLATFORM_VALUES_CHANGED');
    expect(readFileSync(join(cwd, 'values.yaml'), 'utf8')).toBe('a: 1\nb: theirs\n');
    expect(readdirSync(cwd)).toEqual(['values.yaml']);
  });

  it('does not look at a file that needs no change', () => {
    expect(codeOf(() => writeEdit({ ...EDIT, after: EDIT.before }, temporaryFolder()))).toBeUndefined();
  });
});
