import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readText } from './decode-text.ts';
import { randomHex } from './digest.ts';
import type { Env } from './env.ts';
import { systemCode } from './errors.ts';
import { HAS_FILE_MODES } from './file-modes.ts';
import { renameFile } from './rename.ts';

/** Creates a folder that only its owner may enter (0700); tightens the mode of an existing one, unless all users share it. */
export function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!HAS_FILE_MODES) return;
  const stat = lstatSync(path);
  // A folder such as /tmp is shared by all users, who could not use it any more.
  const isShared = (stat.mode & 0o1000) !== 0;
  if (stat.isDirectory() && !isShared && (stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/**
 * Replaces a file atomically: writes a temporary file beside it (created 0600), flushes it, then renames it. A crash
 * at any step leaves the old file or the new one. Replaces a symbolic link at the target instead of following it.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): void {
  ensurePrivateFolder(dirname(path));
  replaceFile(path, data, mode);
}

/**
 * Like `writeFileAtomic`, but without the flush: for files that describe a running process, which a power cut ends
 * too.
 */
export function writeStateFile(path: string, data: string): void {
  ensurePrivateFolder(dirname(path));
  replaceFile(path, data, 0o600, { flush: false });
}

/** Like `writeFileAtomic`, in a folder that another program owns: the folder must exist, and keeps its mode. */
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
    // An ENOSPC error does not name the file.
    throw withPath(error, path);
  }
  if (flush) flushFolder(folder);
}

/**
 * Writes all the data; the system may write less than it is given. Throws if a write writes nothing, which would loop
 * forever.
 *
 * @param position where in the file to write; the current position if omitted.
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
 * Removes temporary files that killed writers of `path` left behind; they may contain the same secrets as the file.
 *
 * @param spare returns whether the writer with this process id is still running.
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

/** @returns the names in a folder; none if it does not exist. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @returns the names in a folder; none if it does not exist or cannot be read, such as a shared temporary folder. */
export function readableNamesIn(folder: string): readonly string[] {
  try {
    return namesIn(folder);
  } catch {
    return [];
  }
}

/** @returns whether a process with this id exists on this machine. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Makes the rename durable. Some platforms cannot open a folder; there the rename has to be enough. */
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

/**
 * @returns the text of a file, or undefined if it does not exist.
 * @throws any other system error.
 */
export function readTextIfAny(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    // An EISDIR error does not name the file.
    throw withPath(error, path);
  }
}

function withPath(error: unknown, path: string): unknown {
  return error instanceof Error && !('path' in error) ? Object.assign(error, { path }) : error;
}

/** @returns true if a file was removed, false if there was none. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Removes a folder tree; removes links without following them. Node's `rmSync` makes three times as many system
 * calls.
 */
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
    makeWritable(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes folders writable: a read-only folder, such as a module cache, cannot be emptied. */
function makeWritable(path: string): void {
  try {
    if (!lstatSync(path).isDirectory()) return;
    chmodSync(path, 0o700);
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) makeWritable(join(path, entry.name));
  } catch {
    // The removal that follows reports the error.
  }
}

/** @returns the folder for our files: CODEMIE_HOME, else `.codemie` in the home folder. */
export function codemieHome(env: Env, userHome: string): string {
  const override = env['CODEMIE_HOME'];
  return resolve(override === undefined || override === '' ? join(userHome, '.codemie') : override);
}
