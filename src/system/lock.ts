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
  /**
   * Treat a lock as abandoned if its holder cannot be checked (another host) and has not refreshed it for this
   * long, ms.
   */
  readonly staleMs?: number;
  /** Called once if the wait exceeds two seconds. */
  readonly onWait?: () => void;
}

const POLL_MS = 40;
const HEARTBEAT_MS = 2000;
const STALE_MS = 15_000;
/** If the file system says that a lock is this old, watching it for `LOOK_MS` is enough to see that it is abandoned. */
const OLD_MS = 600_000;
const LOOK_MS = 2 * HEARTBEAT_MS;
/** A launcher, and its agent, may be suspended overnight. */
const DEAD_MS = 86_400_000;

/**
 * Runs `work` while holding an exclusive cross-process lock. The lock is a separate file, created exclusively, that
 * holds the owner's process id, host, process namespace, start time and a random mark. The owner rewrites it every
 * two seconds. Another process takes over a lock whose owner is dead (same host and namespace) or silent (another
 * one). Silence is measured with our own monotonic clock: the clocks of two machines may differ, and any clock may
 * jump.
 *
 * @throws LOCK_TIMEOUT if another process holds it for longer than `waitMs`.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const mark = await acquire(path, options);
  const heartbeat = setInterval(() => refreshLock(path, mark), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    release(path, mark);
  }
}

/**
 * @returns whether a living process holds the lock. One in another container counts as living until it has been
 * silent for a day.
 */
export function isLocked(path: string): boolean {
  const seen = lookAt(path);
  return seen !== undefined && !isAbandoned(seen, 0, STALE_MS);
}

async function acquire(path: string, options: LockOptions): Promise<string> {
  const { clock, signal, waitMs = 30_000, staleMs = STALE_MS, onWait } = options;
  ensurePrivateFolder(dirname(path));
  const started = performance.now();
  let hasNotified = false;
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
        message: `Another codemie process has been using ${path} for more than ${Math.round(waitMs / 1000)} s.`,
        hint: 'Wait for it to finish, or stop it, and try again.',
      });
    }
    if (!hasNotified && waited > 2000) {
      hasNotified = true;
      onWait?.();
    }
    // Add jitter so that waiters do not all wake at once.
    await clock.sleep(POLL_MS / 2 + Math.random() * POLL_MS, signal);
  }
}

function tryCreate(path: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(path, 'wx', 0o600);
  } catch (error) {
    // Windows returns EPERM while another program still has a deleted file open.
    if (systemCode(error) === 'EEXIST' || systemCode(error) === 'EPERM') return undefined;
    throw error;
  }
  const mark = randomHex(8);
  try {
    writeAll(handle, `${process.pid} ${hereabouts()} ${startOf('self') ?? '-'} ${mark}`);
  } catch (error) {
    // The disk is full: an empty lock file would block every other process.
    removeFile(path);
    throw error;
  } finally {
    closeSync(handle);
  }
  return mark;
}

/** A lock file as last read. */
interface Seen {
  readonly text: string;
  /** Changes with every heartbeat. */
  readonly sign: string;
  /** When we first saw it in this state, by our monotonic clock. */
  readonly since: number;
  /** Its age by the clock of the file system, which set its time, ms. */
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
        age ??= fileSystemTime(path) - touched;
        return age;
      },
    };
  } catch (error) {
    // Windows returns EPERM for a file that is being removed.
    if (['ENOENT', 'EPERM', 'EBUSY'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** The time of the file system, which may be on another machine. */
function fileSystemTime(beside: string): number {
  const probe = `${beside}.${process.pid}.${randomHex(6)}.tmp`;
  closeSync(openSync(probe, 'wx', 0o600));
  try {
    return statSync(probe).mtimeMs;
  } finally {
    removeFile(probe);
  }
}

/** @param silentMs how long we have watched it without a heartbeat. */
function isAbandoned({ text, age }: Seen, silentMs: number, staleMs: number): boolean {
  const [pid = '', host, space, start] = text.split(' ');
  // An empty file is a lock between its creation and its first write, or one whose owner died at that point.
  const isNear = `${host} ${space}` === hereabouts();
  if (isNear && !isRunning(Number(pid))) return true;
  const started = isNear ? startOf(pid) : undefined;
  // Another process may have this id by now. If its start time is unknown, only a long silence proves it.
  if (started !== undefined && start !== '-') return started !== start;
  if (!isNear && silentMs >= staleMs) return true;
  return silentMs >= LOOK_MS ? age() > OLD_MS : age() > DEAD_MS;
}

/** @returns the scope in which our process ids are valid: this machine, and its process namespace. */
export function hereabouts(): string {
  return `${hostname()} ${namespace()}`;
}

/** Process ids are not valid in another container, even if it has the same host name. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\W+/g, '-');
  } catch {
    return '-';
  }
}

/**
 * When a process started, in clock ticks since boot (proc(5), field 22 of stat); undefined if the system does not
 * say.
 */
function startOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Two waiters may find the same dead lock. Only one may remove it, and it must not remove a lock created since. A
 * second exclusive file serialises the removal; it exists for microseconds, and is removed if it gets old.
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
 * Rewrites the lock so that the file system updates its time from its own clock. A failed write must not end the work
 * done under the lock; the next heartbeat follows in two seconds.
 */
function refreshLock(path: string, mark: string): void {
  try {
    const handle = openSync(path, 'r+');
    try {
      const text = readFileSync(handle, 'utf8');
      if (text.endsWith(mark)) writeAll(handle, text, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Other processes wait longer than one heartbeat before they take over a lock.
  }
}

/** Work done under a lock counts even if the lock cannot be removed now: removal is retried until this process ends. */
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

/** @returns false if it cannot be removed now, for example because another program has it open on Windows. */
function tryRemove(path: string): boolean {
  try {
    removeFile(path);
    return true;
  } catch {
    return false;
  }
}
