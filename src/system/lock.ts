import { closeSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';
import { randomHex } from './digest.ts';
import { CodemieError, systemCode } from './errors.ts';
import { ensurePrivateFolder, isRunning, readTextIfAny, removeFile, writeAll } from './files.ts';

export interface LockOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal?: AbortSignal;
  /** How long to wait for another process, ms. */
  readonly waitMs?: number;
  /** A lock whose holder cannot be asked (other host) counts as abandoned when it gave no sign of life for so long, ms. */
  readonly staleMs?: number;
  /** Called once when the wait lasts longer than two seconds. */
  readonly onWait?: () => void;
}

const POLL_MS = 40;
const HEARTBEAT_MS = 2000;
const STALE_MS = 15_000;
/** Where the file system itself says that a lock is so old, a shorter look is enough to see that it is still. */
const OLD_MS = 600_000;
const LOOK_MS = 2 * HEARTBEAT_MS;
/** A launcher may be suspended over night, and its agent with it. */
const DEAD_MS = 86_400_000;

/**
 * Runs `work` while holding an exclusive cross-process lock, a separate file that is created exclusively and holds
 * its owner's process id, host, process namespace, start and a random mark. The owner writes it again every two seconds; a lock
 * whose owner is dead (same host and namespace) or silent (another one) is taken over. Whether it is silent is watched by our
 * own steady time: two machines' clocks may differ, and any clock may jump.
 *
 * @throws LOCK_TIMEOUT when another process holds it for longer than `waitMs`.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const mark = await acquire(path, options);
  const heartbeat = setInterval(() => giveSignOfLife(path, mark), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    release(path, mark);
  }
}

/** @returns whether a living process holds a lock. One in another container counts as living until it has been silent for a day. */
export function isLocked(path: string): boolean {
  const seen = lookAt(path);
  return seen !== undefined && !isAbandoned(seen, 0, STALE_MS);
}

async function acquire(path: string, options: LockOptions): Promise<string> {
  const { clock, signal, waitMs = 30_000, staleMs = STALE_MS, onWait } = options;
  ensurePrivateFolder(dirname(path));
  const started = performance.now();
  let told = false;
  let last: Seen | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const mark = tryCreate(path);
    if (mark !== undefined) return mark;
    const seen = lookAt(path);
    if (seen?.sign !== last?.sign) last = seen;
    const now = performance.now();
    if (last !== undefined && isAbandoned(last, now - last.since, staleMs)) removeAbandoned(path, last);
    const waited = now - started;
    if (waited > waitMs) {
      throw new CodemieError({
        code: 'LOCK_TIMEOUT',
        message: `Another codemie process has held ${path} for more than ${Math.round(waitMs / 1000)} s.`,
        hint: 'Wait for it to finish, or end it, and try again.',
      });
    }
    if (!told && waited > 2000) {
      told = true;
      onWait?.();
    }
    // Spread waiters so that they do not all wake at once.
    await clock.sleep(POLL_MS / 2 + Math.random() * POLL_MS, signal);
  }
}

function tryCreate(path: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(path, 'wx', 0o600);
  } catch (error) {
    // Windows answers EPERM while a deleted file is still open somewhere.
    if (systemCode(error) === 'EEXIST' || systemCode(error) === 'EPERM') return undefined;
    throw error;
  }
  const mark = randomHex(8);
  try {
    writeAll(handle, `${process.pid} ${hereabouts()} ${startOf('self') ?? '-'} ${mark}`);
  } catch (error) {
    // A full disk: an empty lock would hold everybody up.
    removeFile(path);
    throw error;
  } finally {
    closeSync(handle);
  }
  return mark;
}

/** A lock as it was found. */
interface Seen {
  readonly text: string;
  /** Changes with every sign of life. */
  readonly sign: string;
  /** When it was first seen like this, by our own steady time. */
  readonly since: number;
  /** How old it is for the file system, which gave it its time, ms. */
  age(): number;
}

function lookAt(path: string): Seen | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const touched = statSync(path).mtimeMs;
    let age: number | undefined;
    return {
      text,
      sign: `${touched} ${text}`,
      since: performance.now(),
      age: () => {
        age ??= timeOfFiles(path) - touched;
        return age;
      },
    };
  } catch (error) {
    // Windows answers EPERM for one that is being removed.
    if (['ENOENT', 'EPERM', 'EBUSY'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What time it is for the file system, which may be another machine's. */
function timeOfFiles(beside: string): number {
  const probe = `${beside}.${process.pid}.${randomHex(6)}.tmp`;
  closeSync(openSync(probe, 'wx', 0o600));
  try {
    return statSync(probe).mtimeMs;
  } finally {
    removeFile(probe);
  }
}

/** @param silentMs how long it was watched without a sign of life. */
function isAbandoned({ text, age }: Seen, silentMs: number, staleMs: number): boolean {
  const [pid = '', host, space, start] = text.split(' ');
  // An empty file is a lock between its creation and its first write, or one whose owner died there.
  const isNear = `${host} ${space}` === hereabouts();
  if (isNear && !isRunning(Number(pid))) return true;
  const started = isNear ? startOf(pid) : undefined;
  // A process of that id may be another one by now. Where its start cannot be told, only long silence tells.
  if (started !== undefined && start !== '-') return started !== start;
  if (!isNear && silentMs >= staleMs) return true;
  return silentMs >= LOOK_MS ? age() > OLD_MS : age() > DEAD_MS;
}

/** @returns where a process id of ours means something: this machine, and in it this process namespace. */
export function hereabouts(): string {
  return `${hostname()} ${namespace()}`;
}

/** Process ids mean nothing in another container, even one that calls itself by the same host name. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\W+/g, '-');
  } catch {
    return '-';
  }
}

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat); undefined where that is not told. */
function startOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Two waiters may find the same dead lock. Only one may remove it, and never a new lock made since. A second
 * exclusive file serialises the removal; it lives for microseconds and is itself dropped when it is old.
 */
function removeAbandoned(path: string, dead: Seen): void {
  const guard = `${path}.takeover`;
  if (tryCreate(guard) === undefined) {
    if ((lookAt(guard)?.age() ?? 0) > GUARD_MS) tryRemove(guard);
    return;
  }
  try {
    if (lookAt(path)?.sign === dead.sign) tryRemove(path);
  } finally {
    tryRemove(guard);
  }
}

const GUARD_MS = 5000;

/**
 * Writes the lock again, so that the file system gives it the time that its own clock shows. One that cannot be written
 * now is no reason to end what is done under it: the next try comes in two seconds.
 */
function giveSignOfLife(path: string, mark: string): void {
  try {
    const handle = openSync(path, 'r+');
    try {
      const text = readFileSync(handle, 'utf8');
      if (text.endsWith(mark)) writeAll(handle, text, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Others wait longer than that before they take a lock over.
  }
}

/** Work done under a lock counts even when the lock cannot be removed now: removal is tried again until this process ends. */
function release(path: string, mark: string): void {
  const isGone = (): boolean => {
    try {
      return readTextIfAny(path)?.endsWith(mark) !== true || tryRemove(path);
    } catch {
      return false;
    }
  };
  if (isGone()) return;
  const again = setInterval(() => {
    if (isGone()) clearInterval(again);
  }, RELEASE_MS);
  again.unref();
}

const RELEASE_MS = 100;

/** @returns false where it could not be removed now, such as one that another program has open on Windows. */
function tryRemove(path: string): boolean {
  try {
    removeFile(path);
    return true;
  } catch {
    return false;
  }
}
