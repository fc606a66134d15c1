import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * @returns a full path without links. Where letter case does not matter, as on Windows and macOS, it is spelled as on
 *   the disk: two spellings of one folder have one real path. A missing folder is resolved through its parent.
 */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(resolve(path));
    return parent === resolve(path) ? parent : join(realPath(parent), basename(path));
  }
}

/**
 * @returns a text that is the same for two paths if and only if they lead to the same file or folder, even if two
 *   mounts do.
 */
export function identityOf(path: string): string {
  try {
    // Windows has numbers that a JavaScript number cannot hold.
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat !== undefined && stat.ino !== 0n) return `${stat.dev}:${stat.ino}`;
  } catch {
    // Closed to us.
  }
  return realPath(path);
}
