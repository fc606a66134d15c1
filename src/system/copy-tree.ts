import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemCode } from './errors.ts';

/**
 * Copies a file, a link or a folder tree, keeping modes and times. Skips sockets, pipes and devices: they are useless
 * without the process behind them. Node's `cpSync` stops at the first of these.
 *
 * @param failed receives each path that could not be copied; copying continues after it.
 */
export function copyTree(from: string, to: string, failed: (path: string, error: unknown) => void): void {
  try {
    const stat = lstatSync(from);
    if (stat.isSymbolicLink()) return copyLink(from, to);
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

/** Most Windows accounts may not make symbolic links: a folder elsewhere gets a junction, and a file is copied. */
function copyLink(from: string, to: string): void {
  const target = readlinkSync(from);
  try {
    symlinkSync(target, to);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    if (statSync(from).isFile()) copyFileSync(from, to);
    else if (isAbsolute(target)) symlinkSync(target, to, 'junction');
    else throw error;
  }
}
