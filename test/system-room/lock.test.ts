import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { withLock } from '../../src/system/lock.ts';
import { temporaryFolder } from '../support/context.ts';

const clock = systemClock;
const NAMESPACE = readlinkSync('/proc/self/ns/pid').replace(/\W+/g, '-');
const START = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ')[19];

describe('S28: the cross-process lock', () => {
  it('admits one at a time and leaves nothing behind', async () => {
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

  it('takes over at once where another process has the id of the dead owner by now', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    writeFileSync(path, `${process.pid} ${hostname()} ${NAMESPACE} 1 0011223344556677`);
    await expect(withLock(path, { clock, waitMs: 2000 }, async () => 'mine')).resolves.toBe('mine');
  });

  it('does not take an id of another container for a dead process, whatever the host is called', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    const text = `4194303 ${hostname()} pid-4026539999- 1 0011223344556677`;
    writeFileSync(path, text);
    await expect(withLock(path, { clock, waitMs: 200 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('respects a lock of another host until it has been silent for long', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    writeFileSync(path, '1 some-other-host 0011223344556677');
    await expect(withLock(path, { clock, waitMs: 200 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(path, longAgo, longAgo);
    await expect(withLock(path, { clock, waitMs: 2000 }, async () => 'mine')).resolves.toBe('mine');
  });

  it('gives up with a message when a living process holds it, and leaves it alone', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    const text = `${process.pid} ${hostname()} ${NAMESPACE} ${START} 0011223344556677`;
    writeFileSync(path, text);
    await expect(withLock(path, { clock, waitMs: 200 }, async () => undefined)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('releases when the work fails', async () => {
    const path = join(temporaryFolder(), 'a.lock');
    await expect(withLock(path, { clock }, async () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(existsSync(path)).toBe(false);
  });
});
