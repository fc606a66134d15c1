import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { isLocked, withLock } from '../../src/system/lock.ts';
import { temporaryFolder } from '../support/context.ts';

const clock = systemClock;
const NAMESPACE = readlinkSync('/proc/self/ns/pid').replace(/\W+/g, '-');
const START = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ')[19];

describe('S28: the cross-process lock', () => {
  it('admits one process at a time and leaves no files behind', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(path, { clock }, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await clock.sleep(5);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('takes over at once from a process that died', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(path, `${child.pid} ${hostname()} ${NAMESPACE} 1 0011223344556677`);
    const started = Date.now();
    await withLock(path, { clock }, async () => undefined);
    expect(Date.now() - started).toBeLessThan(2000);
  });

  it('takes over at once when another process has reused the id of the dead owner', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    writeFileSync(path, `${process.pid} ${hostname()} ${NAMESPACE} 1 0011223344556677`);
    await expect(withLock(path, { clock, waitMs: 2000 }, async () => 'mine')).resolves.toBe('mine');
  });

  it('does not mistake a process in another container for a dead one, even with the same host name', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    const text = `4194303 ${hostname()} pid-4026539999- 1 0011223344556677`;
    writeFileSync(path, text);
    await expect(withLock(path, { clock, waitMs: 200 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('respects a lock of another host until it has been silent for too long', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    writeFileSync(path, '1 some-other-host 0011223344556677');
    await expect(withLock(path, { clock, waitMs: 200 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    await expect(withLock(path, { clock, waitMs: 5000, staleMs: 300 }, async () => 'mine')).resolves.toBe(
      'mine',
    );
  });

  it('gives up with a message when a living process holds it, and keeps that lock', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    const text = `${process.pid} ${hostname()} ${NAMESPACE} ${START} 0011223344556677`;
    writeFileSync(path, text);
    await expect(withLock(path, { clock, waitMs: 200 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('releases the lock when the work fails', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    await expect(withLock(path, { clock }, async () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(existsSync(path)).toBe(false);
  });
});

const ELSEWHERE = '1 some-other-host - - 0011223344556677';
const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** Sets the time of a file to `ms` from now. */
function date(path: string, ms: number): void {
  const at = new Date(Date.now() + ms);
  utimesSync(path, at, at);
}

describe('clocks that differ or jump do not affect who holds a lock', () => {
  it.each([
    ['20 s behind', -20 * SECOND],
    ['an hour ahead', 3600 * SECOND],
  ])('another machine whose clock is %s keeps its lock while it refreshes it', async (_what, skew) => {
    const path = join(temporaryFolder(), 'a.lock');
    writeFileSync(path, ELSEWHERE);
    let beats = 0;
    const beat = setInterval(() => {
      beats += 1;
      date(path, skew + beats);
    }, 50);
    onTestFinished(() => clearInterval(beat));
    date(path, skew);
    const options = { clock, staleMs: 500 };
    await expect(withLock(path, { ...options, waitMs: 1500 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    expect(readFileSync(path, 'utf8')).toBe(ELSEWHERE);
    clearInterval(beat);
    await expect(withLock(path, { ...options, waitMs: 10_000 }, async () => 'mine')).resolves.toBe('mine');
  });

  it('a lock is taken over if its holder died with a clock years ahead', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    writeFileSync(path, ELSEWHERE);
    date(path, 3000 * DAY);
    const options = { clock, staleMs: 300, waitMs: 10_000 };
    await expect(withLock(path, options, async () => 'mine')).resolves.toBe('mine');
  });

  it('a waiter does not give up when the clock jumps', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    let now = Date.now();
    const jumping = {
      ...clock,
      now: () => {
        now += 3600 * SECOND;
        return now;
      },
    };
    const first = withLock(path, { clock }, () => clock.sleep(300));
    const options = { clock: jumping, waitMs: 20 * SECOND };
    await expect(withLock(path, options, async () => 'mine')).resolves.toBe('mine');
    await first;
  });

  it('a lock older than a day is taken over at once, a few minutes old one after watching it', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    for (const [age, least, most] of [
      [2 * DAY, 0, 3 * SECOND],
      [700 * SECOND, 3.9 * SECOND, 12 * SECOND],
    ] as const) {
      writeFileSync(path, ELSEWHERE);
      date(path, -age);
      const started = performance.now();
      await withLock(path, { clock }, async () => undefined);
      expect(performance.now() - started).toBeGreaterThanOrEqual(least);
      expect(performance.now() - started).toBeLessThan(most);
    }
  });
});

describe('a single check whether a lock is held', () => {
  const dead = `4194303 ${hostname()} ${NAMESPACE} 1 0011223344556677`;
  const ours = `${process.pid} ${hostname()} ${NAMESPACE} ${START} 0011223344556677`;
  const container = `${process.pid} ${hostname()} pid-4026539999- 1 0011223344556677`;

  it.each([
    ['a launcher in another container that was suspended for 17 s', container, -17 * SECOND, true],
    ['one that was suspended overnight', container, -0.9 * DAY, true],
    ['one that was silent for two days', container, -2 * DAY, false],
    ['one whose clock is ahead', container, 3600 * SECOND, true],
    ['a living process of this machine, however long it was suspended', ours, -90 * DAY, true],
    ['a dead process of this machine', dead, 0, false],
    ['another process with the id of the owner', ours.replace(` ${START} `, ' 1 '), 0, false],
  ])('%s', (_what, text, age, held) => {
    const path = join(temporaryFolder(), 'a.lock');
    expect(isLocked(path)).toBe(false);
    writeFileSync(path, text);
    date(path, age);
    expect(isLocked(path)).toBe(held);
  });
});

describe('a lock that cannot be refreshed or removed', () => {
  afterEach(() => void vi.useRealTimers());

  /** Makes every operation on a lock fail until the returned function is called. */
  function breakFolder(path: string): () => void {
    const [folder, text] = [join(path, '..'), readFileSync(path, 'utf8')];
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'no folder');
    return () => {
      rmSync(folder);
      mkdirSync(folder);
      writeFileSync(path, text);
    };
  }

  it('does not end the program, and is removed as soon as possible', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const path = join(temporaryFolder(), 'locks', 'a.lock');
    let restore = (): void => undefined;
    const result = await withLock(path, { clock }, async () => {
      restore = breakFolder(path);
      vi.advanceTimersByTime(10 * SECOND);
      return 'the result';
    });
    expect(result).toBe('the result');
    vi.advanceTimersByTime(SECOND);
    restore();
    expect(existsSync(path)).toBe(true);
    vi.advanceTimersByTime(SECOND);
    expect(existsSync(path)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not hide the error of the work', async () => {
    const path = join(temporaryFolder(), 'locks', 'a.lock');
    const work = withLock(path, { clock }, async () => {
      breakFolder(path);
      throw new Error('of the work');
    });
    await expect(work).rejects.toThrow('of the work');
  });

  it('is dated by the file system, and only its owner refreshes it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const path = join(temporaryFolder(), 'a.lock');
    await withLock(path, { clock }, async () => {
      const text = readFileSync(path, 'utf8');
      date(path, -3600 * SECOND);
      vi.advanceTimersByTime(2 * SECOND);
      expect(Math.abs(statSync(path).mtimeMs - Date.now())).toBeLessThan(60 * SECOND);
      expect(readFileSync(path, 'utf8')).toBe(text);
      writeFileSync(path, ELSEWHERE);
      date(path, -3600 * SECOND);
      vi.advanceTimersByTime(2 * SECOND);
      expect(statSync(path).mtimeMs).toBeLessThan(Date.now() - 3000 * SECOND);
    });
    expect(readFileSync(path, 'utf8')).toBe(ELSEWHERE);
  });
});
