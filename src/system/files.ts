import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { randomHex } from './digest.ts';
import type { Env } from './env.ts';
import { systemCode } from './errors.ts';
import { HAS_FILE_MODES } from './file-modes.ts';
import { renameFile } from './rename.ts';

/** Creates a folder only its owner may enter (0700) and tightens one that was loosened. */
export function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!HAS_FILE_MODES) return;
  const stat = lstatSync(path);
  if (stat.isDirectory() && (stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/**
 * Replaces a file as a whole: a temporary file beside it, 0600 from its creation, flushed, then renamed over it.
 * A crash at any step leaves the old file or the new one; a symbolic link at the target is replaced, not followed.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): void {
  ensurePrivateFolder(dirname(path));
  replaceFile(path, data, mode);
}

/** As `writeFileAtomic`, but not flushed: for what describes a running process, which a power cut ends as well. */
export function writeStateFile(path: string, data: string): void {
  ensurePrivateFolder(dirname(path));
  replaceFile(path, data, 0o600, { flush: false });
}

/** As `writeFileAtomic`, in a folder that is somebody else's: it must be there, and its mode is theirs. */
export function replaceFile(
  path: string,
  data: string | Uint8Array,
  mode: number,
  { flush }: { readonly flush: boolean } = { flush: true },
): void {
  const folder = dirname(path);
  removeLeftovers(path, isRunning);
  const temporary = `${path}.${process.pid}.${randomHex(6)}.tmp`;
  const handle = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    try {
      writeAll(handle, data);
      if (flush) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameFile(temporary, path);
  } catch (error) {
    removeFile(temporary);
    // A full disk does not say which file it was.
    throw error instanceof Error && !('path' in error) ? Object.assign(error, { path }) : error;
  }
  if (flush) flushFolder(folder);
}

/**
 * Writes all of it; the system may write less than it is given. A write that writes nothing would be tried for ever.
 *
 * @param position where in the file; at its end, or where it stands, when left out.
 */
export function writeAll(handle: number, data: string | Uint8Array, position?: number): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  for (let done = 0; done < bytes.length; ) {
    const at = position === undefined ? null : position + done;
    const written = writeSync(handle, bytes, done, bytes.length - done, at);
    if (written === 0) throw Object.assign(new Error('ENOSPC: nothing more was written'), { code: 'ENOSPC' });
    done += written;
  }
}

/**
 * Removes temporary files that writers of `path` left behind when they were killed; they may hold what the file holds.
 *
 * @param spare tells which writers, by process id, are still at work.
 */
export function removeLeftovers(path: string, spare: (pid: number) => boolean = () => false): void {
  const prefix = `${basename(path)}.`;
  for (const name of namesIn(dirname(path))) {
    const pid = /^(\d+)\.[0-9a-f]{12}\.tmp$/.exec(
      name.startsWith(prefix) ? name.slice(prefix.length) : '',
    )?.[1];
    if (pid !== undefined && !spare(Number(pid))) removeFile(join(dirname(path), name));
  }
}

/** @returns the names in a folder; none when it is not there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @returns the names in a folder; none when it is not there, or may not be read, such as a shared folder for temporary files. */
export function readableNamesIn(folder: string): readonly string[] {
  try {
    return namesIn(folder);
  } catch {
    return [];
  }
}

/** @returns whether a process of this id exists on this machine. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Makes the rename itself durable; some platforms cannot open a folder, and then the rename is all there is. */
function flushFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL'].includes(systemCode(error) ?? '')) throw error;
  }
}

/** @returns the text of a file, or undefined when there is none. Other faults are thrown. */
export function readTextIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @returns true when a file was removed, false when there was none. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Removes a folder and what is in it; a link is removed and not followed. Node's own way tries three times as much. */
export function removeFolder(path: string): void {
  try {
    if (!lstatSync(path).isDirectory()) return unlinkSync(path);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) removeFolder(inside);
      else unlinkSync(inside);
    }
    rmdirSync(path);
  } catch {
    openUp(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Folders that may not be written to, such as a cache of modules, cannot be emptied. */
function openUp(path: string): void {
  try {
    if (!lstatSync(path).isDirectory()) return;
    chmodSync(path, 0o700);
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) openUp(join(path, entry.name));
  } catch {
    // Whoever removes it is told.
  }
}

/** @returns the folder our files live in: CODEMIE_HOME, else `.codemie` in the home folder. */
export function codemieHome(env: Env, userHome: string): string {
  const override = env['CODEMIE_HOME'];
  return resolve(override === undefined || override === '' ? join(userHome, '.codemie') : override);
}
