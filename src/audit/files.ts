import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { HAS_FILE_MODES } from '../system/file-modes.ts';
import { namesIn, writeAll } from '../system/files.ts';
import { renameFile } from '../system/rename.ts';

export const CURRENT = 'audit.jsonl';
/** Lines are short: the last one is within the last few kilobytes. */
const TAIL = 16_384;

/** A line as in its file, one character per byte. */
export interface Line {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export function folderOf(home: string): string {
  return join(home, 'audit');
}

/** All existing lines, oldest first. */
export function readLines(folder: string): readonly Line[] {
  return [...rotatedIn(folder), CURRENT].flatMap((file) =>
    textOf(join(folder, file))
      .split('\n')
      .map((text, index) => ({ file, line: index + 1, text }))
      .filter(({ text }) => text !== ''),
  );
}

/** @returns the rotated files, oldest first; each is named after its last entry. */
export function rotatedIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => /^audit-\d{12}\.jsonl$/.test(name))
    .sort();
}

export function lastSeqOf(rotated: string): number {
  return Number(/\d+/.exec(rotated)?.[0]);
}

export function rotate(folder: string, seq: number): void {
  renameFile(join(folder, CURRENT), join(folder, `audit-${String(seq).padStart(12, '0')}.jsonl`));
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @returns the last complete line, or undefined if there is none. */
export function lastLine(path: string): string | undefined {
  if (sizeOf(path) === 0) return undefined;
  const handle = openSync(path, 'r');
  try {
    const tail = tailOf(handle);
    return tail.slice(0, tail.lastIndexOf('\n')).split('\n').at(-1);
  } finally {
    closeSync(handle);
  }
}

/** Appends lines and flushes once: all of them, or none if the disk is full. The file is 0600 afterwards. */
export function appendLines(path: string, lines: readonly string[]): void {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
  const handle = openSync(path, flags, 0o600);
  try {
    const { mode } = fstatSync(handle);
    if (HAS_FILE_MODES && (mode & 0o077) !== 0) fchmodSync(handle, 0o600);
    const end = dropFragment(handle);
    try {
      writeAll(handle, lines.map((line) => `${line}\n`).join(''));
      fsyncSync(handle);
    } catch (error) {
      ftruncateSync(handle, end);
      throw error;
    }
  } finally {
    closeSync(handle);
  }
}

/** Drops a partial line left by a crash: it was never recorded, and would corrupt the next one. */
function dropFragment(handle: number): number {
  const { size } = fstatSync(handle);
  const tail = tailOf(handle);
  const end = size - tail.length + tail.lastIndexOf('\n') + 1;
  if (end < size) ftruncateSync(handle, end);
  return end;
}

function tailOf(handle: number): string {
  const { size } = fstatSync(handle);
  const tail = Buffer.alloc(Math.min(size, TAIL));
  readSync(handle, tail, 0, tail.length, size - tail.length);
  return tail.toString('latin1');
}

function textOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? readFileSync(path, 'latin1') : '';
}
