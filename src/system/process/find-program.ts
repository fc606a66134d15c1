import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Env } from '../env.ts';
import { sameName } from './child-environment.ts';

/**
 * Finds a program in the folders of PATH. Windows itself would search the working folder first, where a cloned
 * repository may have put a program. Relative PATH entries are skipped on every platform.
 *
 * @param name without an extension: on Windows each folder is searched for `.exe`, then `.cmd`.
 * @param more folders to search after those of PATH.
 * @returns its full path; undefined if it is not found.
 */
export function findOnPath(
  name: string,
  { env, platform }: { readonly env: Env; readonly platform: NodeJS.Platform },
  more: readonly string[] = [],
  isProgram: (path: string) => boolean = isExecutable,
): string | undefined {
  const isWindows = platform === 'win32';
  const { delimiter, join } = isWindows ? win32 : posix;
  const names = isWindows ? [`${name}.exe`, `${name}.cmd`] : [name];
  const entries = (valueIn(env, 'PATH', platform) ?? '').split(delimiter);
  const folders = isWindows ? entries.map((entry) => entry.replace(/^"(.*)"$/, '$1')) : entries;
  return [...folders.filter((folder) => isFullPath(folder, platform)), ...more]
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find(isProgram);
}

/**
 * @returns the full path of a program that comes with Windows; its bare name could start one from the working
 * folder.
 */
export function windowsProgram(name: string, env: Env): string {
  const root = valueIn(env, 'SystemRoot', 'win32') ?? '';
  return win32.join(isFullPath(root, 'win32') ? root : 'C:\\Windows', 'System32', `${name}.exe`);
}

/** On Windows, variable names are case-insensitive, but not in a copy of its environment. */
function valueIn(env: Env, name: string, platform: NodeJS.Platform): string | undefined {
  if (env[name] !== undefined || platform !== 'win32') return env[name];
  const key = Object.keys(env).find((other) => sameName(other, platform) === sameName(name, platform));
  return key === undefined ? undefined : env[key];
}

/** On Windows, `\folder` and `C:folder` still depend on the working folder. */
export function isFullPath(path: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' ? /^([a-z]:[\\/]|\\\\)/i.test(path) : path.startsWith('/');
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
