import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { randomHex } from '../system/digest.ts';
import { messageOf } from '../system/errors.ts';
import { ensurePrivateFolder, removeFile } from '../system/files.ts';
import { withLock } from '../system/lock.ts';
import { GENESIS, parseEntry, seal } from './chain.ts';
import type { AuditEntry, AuditEvent } from './entry.ts';
import {
  appendLines,
  CURRENT,
  folderOf,
  lastLine,
  lastSeqOf,
  readLines,
  rotate,
  rotatedIn,
  sizeOf,
} from './files.ts';
import { type Head, readHead, writeHead } from './head.ts';
import { type Draft, spool, sweep, waitingIn } from './spool.ts';

type Place = Pick<Context, 'home' | 'clock' | 'log'>;

/** A file of this size is rotated; this many rotated files are kept. */
const LARGEST = 1_048_576;
const MOST_FILES = 10;
/** Writers do not wait for the log: if it is locked, an event is spooled and the next writer appends it. */
const PATIENCE_MS = 50;
const READER_PATIENCE_MS = 5000;
/** How often one process writes events that others spooled while it wrote. */
const MOST_ROUNDS = 20;

/**
 * Appends events to the local audit log as one batch: JSON lines, each with the hash of the previous one, 0600,
 * flushed. The head is stored separately, so that a log truncated at either end is noticed. Auditing never delays the
 * audited action or makes it fail.
 */
export async function record(place: Place, ...events: readonly AuditEvent[]): Promise<void> {
  const { home, clock, log } = place;
  const at = new Date(clock.now()).toISOString();
  const drafts = events.map((event): Draft => ({ id: randomHex(8), at, pid: process.pid, ...event }));
  try {
    if (!(await write(place, drafts))) {
      for (const draft of drafts) spool(folderOf(home), draft);
      await write(place, []);
    }
    // A writer that found the log locked by us relies on us to write its spooled events.
    for (let i = 0; i < MOST_ROUNDS && waitingIn(folderOf(home)).length > 0; i += 1)
      if (!(await write(place, []))) return;
  } catch (error) {
    log.debug('not in the audit log yet', {
      events: events.map(({ event }) => event),
      reason: messageOf(error),
    });
  }
}

/** Reads the log including spooled events, and without a write in progress if the lock can be taken. */
export async function settled<T>({ home, clock, log }: Place, read: () => T): Promise<T> {
  if (!existsSync(folderOf(home))) return read();
  try {
    await withLock(lockOf(home), { clock, waitMs: READER_PATIENCE_MS }, async () => append(home, []));
  } catch (error) {
    log.debug('the audit log is read as it is', { reason: messageOf(error) });
  }
  return read();
}

/** @returns false if the drafts were not written. */
async function write({ home, clock, log }: Place, drafts: readonly Draft[]): Promise<boolean> {
  try {
    await withLock(lockOf(home), { clock, waitMs: PATIENCE_MS }, async () => append(home, drafts));
    return true;
  } catch (error) {
    log.debug('the audit log cannot be written now', { reason: messageOf(error) });
    return false;
  }
}

function lockOf(home: string): string {
  return join(home, 'locks', 'audit.lock');
}

/** Writes the spooled events and then `own` as one batch. Call only while holding the lock. */
function append(home: string, own: readonly Draft[]): void {
  const folder = folderOf(home);
  ensurePrivateFolder(folder);
  const waiting = waitingIn(folder);
  sweep(folder);
  const drafts = [
    ...unwritten(
      folder,
      waiting.map(({ draft }) => draft),
    ),
    ...own,
  ];
  if (drafts.length > 0) {
    const path = join(folder, CURRENT);
    let head = headOf(home, path);
    if (sizeOf(path) >= LARGEST) rotate(folder, head.seq);
    const dropped = rotatedIn(folder).slice(0, -MOST_FILES);
    const lines: string[] = [];
    for (const draft of drafts) {
      const seq = head.seq + 1;
      const { text, hash } = seal({ seq, ...draft, prev: head.hash });
      lines.push(text);
      head = { ...head, seq, hash };
    }
    appendLines(path, lines);
    const newest = dropped.at(-1);
    // Update the head before removing files: in the other order, a crash in between would look like tampering.
    writeHead(home, { ...head, from: newest === undefined ? head.from : lastSeqOf(newest) + 1 });
    for (const file of dropped) removeFile(join(folder, file));
  }
  for (const { file } of waiting) removeFile(file);
}

/** After a crash, an event may be in the log and still in the spool. */
function unwritten(folder: string, drafts: readonly Draft[]): readonly Draft[] {
  if (drafts.length === 0) return drafts;
  const latest = [...rotatedIn(folder).slice(-1), CURRENT]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path));
  return drafts.filter(({ id }) => !latest.some((bytes) => bytes.includes(`"id":"${id}"`)));
}

/** The end of the chain. After a crash, the last line may be ahead of the head. */
function headOf(home: string, path: string): Head {
  const last = parseEntry(lastLine(path) ?? '');
  const head = readHead(home);
  if (head !== undefined) {
    return last === undefined || last.seq <= head.seq ? head : { ...head, seq: last.seq, hash: last.hash };
  }
  const [first] = readEntries(folderOf(home));
  // Written before the first line, so a head without lines means that lines were removed.
  if (first === undefined) writeHead(home, { from: 1, seq: 0, hash: GENESIS });
  const seq = last?.seq ?? 0;
  const missedAt = first === undefined ? undefined : seq + 1;
  return { from: first?.seq ?? 1, seq, hash: last?.hash ?? GENESIS, missedAt };
}

export function readEntries(folder: string): readonly AuditEntry[] {
  return readLines(folder).flatMap(({ text }) => {
    const entry = parseEntry(text);
    return entry === undefined ? [] : [entry];
  });
}
