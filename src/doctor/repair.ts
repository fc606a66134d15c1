import { chmodSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { configPath } from '../config/file.ts';
import type { Context } from '../context.ts';
import { readableNamesIn } from '../system/files.ts';

/** @returns whether `repair` would change something. */
export function canRepair(context: Context): boolean {
  return placesOf(context).some(([path]) => isOpen(context, path));
}

/** @returns what was fixed, one line each. Repairs lose no data and send no requests. */
export function repair(context: Context): readonly string[] {
  return placesOf(context).flatMap(([path, mode]) => {
    if (!isOpen(context, path)) return [];
    chmodSync(path, mode);
    // Some file systems, such as Windows drives in WSL, take a mode and do nothing.
    if (isOpen(context, path)) return [];
    return [`Made ${path} private to your user.`];
  });
}

/** Our folders and files, with the mode they must have. */
function placesOf({ home }: Context): readonly (readonly [string, number])[] {
  const kept = join(home, 'credentials');
  return [
    [home, 0o700],
    [configPath(home), 0o600],
    [kept, 0o700],
    ...readableNamesIn(kept).map((name) => [join(kept, name), 0o600] as const),
  ];
}

function isOpen({ platform }: Context, path: string): boolean {
  if (platform === 'win32') return false;
  try {
    const stat = lstatSync(path);
    return !stat.isSymbolicLink() && (stat.mode & 0o077) !== 0;
  } catch {
    return false;
  }
}
