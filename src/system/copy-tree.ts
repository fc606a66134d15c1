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
 * Copies a file, a link, or a folder with what is in it, each with its mode and time. Sockets, pipes and devices are left out:
 * they mean nothing once the process behind them is gone. Node's own way gives up on all at the first of them.
 *
 * @param failed is given what could not be copied; the rest is copied all the same.
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
    // Windows sets no time on what may not be written.
    chmodSync(to, 0o700);
    utimesSync(to, stat.atime, stat.mtime);
    chmodSync(to, stat.mode & 0o777);
  } catch (error) {
    failed(from, error);
  }
}
