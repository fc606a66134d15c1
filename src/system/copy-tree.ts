import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Copies a file, a link or a folder tree, keeping modes and times. Skips sockets, pipes and devices: they are useless
 * without the process behind them. Node's `cpSync` stops at the first of these.
 *
 * @param failed receives each path that could not be copied; copying continues after it.
 */
export function copyTree(from: string, to: string, failed: (path: string, error: unknown) => void): void {
  try {
    const stat = lstatSync(from);
    if (stat.isSymbolicLink()) return symlinkSync(readlinkSync(from), to);
    if (stat.isFile()) copyFileSync(from, to);
    else if (stat.isDirectory()) {
      const names = readdirSync(from);
      mkdirSync(to, { mode: 0o700 });
      for (const name of names) copyTree(join(from, name), join(to, name), failed);
    } else return;
    // Windows cannot set the times of a read-only file.
    chmodSync(to, 0o700);
    utimesSync(to, stat.atime, stat.mtime);
    chmodSync(to, stat.mode & 0o777);
  } catch (error) {
    failed(from, error);
  }
}
