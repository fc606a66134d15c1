import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renameFile } from '../../system/rename.ts';
import type { Rendered } from './render.ts';

/**
 * Writes files to a folder that others may read. All of them are written beside it first, so that none is replaced where
 * one cannot be written.
 */
export function writeAllOrNone(folder: string, files: readonly Rendered[]): void {
  mkdirSync(folder, { recursive: true });
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
