import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { messageOf } from '../system/errors.ts';
import { ensurePrivateFolder, readTextIfAny, removeFile, writeFileAtomic } from '../system/files.ts';
import { withLock } from '../system/lock.ts';
import type { AuditEntry, AuditEvent } from './entry.ts';

type Place = Pick<Context, 'home' | 'clock' | 'log'>;

export const GENESIS = '0'.repeat(64);
const CURRENT = 'audit.jsonl';
const HEAD = 'head.json';
/** A file of this size is set aside; so many of those are kept. */
const LARGEST = 1_048_576;
const MOST_FILES = 10;
/** Dozens of processes may end at once, and each line is flushed; longer than this an event is not worth waiting for. */
const PATIENCE_MS = 20_000;

/**
 * Appends an event to the local audit log: JSON lines, each with the hash of the one before, 0600, flushed. The head is
 * kept apart, so that a log cut short at its end is noticed. What is audited never fails because of the audit.
 */
export async function record(place: Place, event: AuditEvent): Promise<void> {
  const { home, clock, log } = place;
  try {
    await withLock(join(home, 'locks', 'audit.lock'), { clock, waitMs: PATIENCE_MS }, async () => {
      append(folderOf(home), event, clock.now());
    });
  } catch (error) {
    log.debug('not audited', { event: event.event, reason: messageOf(error) });
  }
}

function append(folder: string, event: AuditEvent, now: number): void {
  ensurePrivateFolder(folder);
  const head = readHead(folder);
  const path = join(folder, CURRENT);
  rotate(folder, path, head.seq);
  const body = {
    seq: head.seq + 1,
    at: new Date(now).toISOString(),
    pid: process.pid,
    ...event,
    prev: head.hash,
  };
  const hash = hashOf(body);
  const handle = openSync(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0),
    0o600,
  );
  try {
    writeSync(handle, `${JSON.stringify({ ...body, hash })}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  writeFileAtomic(join(folder, HEAD), `${JSON.stringify({ seq: body.seq, hash })}\n`);
}

interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** Where the chain ended; a crash may have left the last line ahead of the head. */
function readHead(folder: string): Head {
  const last = lastEntry(join(folder, CURRENT));
  const head = parseHead(readTextIfAny(join(folder, HEAD)));
  if (head !== undefined && (last === undefined || last.seq <= head.seq)) return head;
  return last ?? { seq: 0, hash: GENESIS };
}

/** @returns the head, or undefined when there is none that can be read. */
export function parseHead(text: string | undefined): Head | undefined {
  try {
    const head = JSON.parse(text ?? '') as Head;
    return Number.isInteger(head.seq) && typeof head.hash === 'string' ? head : undefined;
  } catch {
    return undefined;
  }
}

/** Lines are short: the last one stands within the last few kilobytes. */
function lastEntry(path: string): AuditEntry | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return undefined;
  const tail = Buffer.alloc(Math.min(size, 16_384));
  const handle = openSync(path, 'r');
  try {
    readSync(handle, tail, 0, tail.length, size - tail.length);
  } finally {
    closeSync(handle);
  }
  return parseEntry(tail.toString('utf8').trimEnd().split('\n').at(-1) ?? '');
}

function rotate(folder: string, path: string, seq: number): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LARGEST) return;
  renameSync(path, join(folder, `audit-${String(seq).padStart(12, '0')}.jsonl`));
  for (const old of rotated(folder).slice(0, -MOST_FILES)) removeFile(join(folder, old));
}

function rotated(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => /^audit-\d{12}\.jsonl$/.test(name))
    .sort();
}

/** Every line that is there, oldest first; a line that is no JSON is handed on as it is. */
export function readLines(
  folder: string,
): readonly { readonly file: string; readonly line: number; readonly text: string }[] {
  return [...rotated(folder), CURRENT].flatMap((file) =>
    textOf(join(folder, file))
      .split('\n')
      .map((text, index) => ({ file, line: index + 1, text }))
      .filter(({ text }) => text !== ''),
  );
}

export function readEntries(folder: string): readonly AuditEntry[] {
  return readLines(folder).flatMap(({ text }) => {
    const entry = parseEntry(text);
    return entry === undefined ? [] : [entry];
  });
}

export function parseEntry(text: string): AuditEntry | undefined {
  try {
    const value = JSON.parse(text) as AuditEntry;
    return typeof value === 'object' && value !== null && Number.isInteger(value.seq) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the hash of a line without its own; field order is the order in which they stand there. */
export function hashOf(body: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

export function folderOf(home: string): string {
  return join(home, 'audit');
}

function textOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? readFileSync(path, 'utf8') : '';
}

function namesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
}
