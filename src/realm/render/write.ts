import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodemieError } from '../../system/errors.ts';
import { renameFile } from '../../system/rename.ts';
import type { Rendered } from './render.ts';

/**
 * Writes files to a folder that others may read. All of them are written beside it first, so that none is replaced where
 * one cannot be written.
 *
 * @throws FILES_CLOSED where a folder has the name of one of them.
 */
export function writeAllOrNone(folder: string, files: readonly Rendered[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { name } of files) requireNoFolder(join(folder, name));
  const beside = mkdtempSync(join(folder, '.render-'));
  try {
    for (const { name, text, mode } of files) {
      const path = join(beside, name);
      // With secrets in it, a file must not be readable by others even for a moment.
      writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
      chmodSync(path, mode);
    }
    for (const { name } of files) renameFile(join(beside, name), join(folder, name));
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Docker makes such a folder when it mounts a file that is missing. */
function requireNoFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  throw new CodemieError({
    code: 'FILES_CLOSED',
    message: `Nothing was written, because ${path} is a folder.`,
    hint: 'Docker makes a folder when it mounts a file that is missing. Remove the folder, and render again.',
  });
}
