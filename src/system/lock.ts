import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';
import { randomHex } from './digest.ts';
import { CodemieError, systemCode } from './errors.ts';
import { ensurePrivateFolder, isRunning, readTextIfAny, removeFile } from './files.ts';

export interface LockOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** How long to wait for another process, ms. */
  readonly waitMs?: number;
  /** A lock whose holder cannot be asked (other host) counts as abandoned after this long without a sign of life, ms. */
  readonly staleMs?: number;
  /** Called once when the wait lasts longer than two seconds. */
  readonly onWait?: () => void;
}

const POLL_MS = 40;
const STALE_MS = 15_000;

/**
 * Runs `work` while holding an exclusive cross-process lock, a separate file that is created exclusively and holds
 * its owner's process id, host, process namespace, start and a random mark. The owner renews the file's time; a lock whose
 * owner is dead (same host and namespace) or silent (another one) is taken over.
 *
 * @throws LOCK_TIMEOUT when another process holds it for longer than `waitMs`.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const mark = await acquire(path, options);
  const heartbeat = setInterval(() => touch(path), 2000);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readTextIfAny(path)?.endsWith(mark) === true) removeFile(path);
  }
}

/** @returns whether somebody holds a lock who is still there. */
export function isLocked(path: string, now: number): boolean {
  return existsSync(path) && !isAbandoned(path, now, STALE_MS);
}

async function acquire(path: string, options: LockOptions): Promise<string> {
  const { clock, signal, waitMs = 30_000, staleMs = STALE_MS, onWait } = options;
  ensurePrivateFolder(dirname(path));
  const started = clock.now();
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const mark = tryCreate(path);
    if (mark !== undefined) return mark;
    if (isAbandoned(path, clock.now(), staleMs)) removeAbandoned(path, clock.now(), staleMs);
    const waited = clock.now() - started;
    if (waited > waitMs) {
      throw new CodemieError({
        code: 'LOCK_TIMEOUT',
        message: `Another codemie process has held ${path} for more than ${Math.round(waitMs / 1000)} s.`,
        hint: 'Wait for it to finish, or end it, and try again.',
        exit: 'failed',
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
    writeSync(handle, `${process.pid} ${hostname()} ${namespace()} ${startOf('self') ?? '-'} ${mark}`);
  } catch (error) {
    // A full disk: an empty lock would hold everybody up.
    removeFile(path);
    throw error;
  } finally {
    closeSync(handle);
  }
  return mark;
}

function isAbandoned(path: string, now: number, staleMs: number): boolean {
  let text: string;
  let touched: number;
  try {
    text = readFileSync(path, 'utf8');
    touched = statSync(path).mtimeMs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
  const [pid = '', host, space, start] = text.split(' ');
  // An empty file is a lock between its creation and its first write, or one whose owner died there.
  if (host !== hostname() || space !== namespace()) return now - touched > staleMs;
  if (!isRunning(Number(pid))) return true;
  const started = startOf(pid);
  // A process of that id may be another one by now. Where its start cannot be told, only long silence tells.
  return started === undefined || start === '-' ? now - touched > 40 * staleMs : started !== start;
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
 * Two waiters may find the same dead lock; only one may remove it, and not a fresh lock made meanwhile. A second
 * exclusive file serialises the removal; it lives for microseconds and is itself dropped when it is old.
 */
function removeAbandoned(path: string, now: number, staleMs: number): void {
  const guard = `${path}.takeover`;
  if (tryCreate(guard) === undefined) {
    if (isOld(guard, now)) removeFile(guard);
    return;
  }
  try {
    if (isAbandoned(path, now, staleMs)) unlinkSync(path);
  } finally {
    removeFile(guard);
  }
}

function isOld(path: string, now: number): boolean {
  try {
    return now - statSync(path).mtimeMs > 5000;
  } catch {
    return false;
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
