import { existsSync } from 'node:fs';
import type { Env } from './env.ts';
import { CodemieError } from './errors.ts';

/**
 * @returns the working folder. If it was removed, its former path: commands that use no files in it work, and the others
 * name it in their error.
 */
export function workingFolder(env: Env): string {
  try {
    return process.cwd();
  } catch {
    const former = env['PWD'] || '/removed-folder';
    // Libraries ask for it when they load.
    process.cwd = () => former;
    return former;
  }
}

/**
 * For commands that would otherwise create the folder again.
 *
 * @param consequence what does not work there, e.g. `an agent can't work in it`.
 * @throws FOLDER_GONE if the working folder was removed.
 */
export function requireWorkingFolder(path: string, consequence: string): void {
  if (existsSync(path)) return;
  throw new CodemieError({
    code: 'FOLDER_GONE',
    message: `The folder you are in, ${path}, no longer exists, so ${consequence}.`,
    hint: 'Change to another folder (cd) and try again.',
  });
}
