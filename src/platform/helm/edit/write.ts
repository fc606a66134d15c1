import { chmodSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodemieError } from '../../../system/errors.ts';
import { replaceFile } from '../../../system/files.ts';
import { readTextFile } from '../read-file.ts';
import type { FileEdit } from './plan.ts';

/**
 * Writes an edited values file: whole or not at all. Its mode stays; of a symbolic link, the file behind it is written.
 *
 * @param cwd the folder that a relative path starts from.
 * @throws PLATFORM_VALUES_CHANGED if the file is no longer what the edit was made for.
 */
export function writeEdit({ path, before, after }: FileEdit, cwd: string): void {
  if (before === after) return;
  const target = realpathSync(resolve(cwd, path));
  if (readTextFile(target, cwd) !== before)
    throw new CodemieError({
      code: 'PLATFORM_VALUES_CHANGED',
      message: `${path} changed while this command ran. Nothing was written to it.`,
      hint: 'Run the command again.',
    });
  const { mode } = statSync(target);
  replaceFile(target, after, mode & 0o7777);
  // The umask took bits away.
  chmodSync(target, mode & 0o7777);
}
