import type { Clock } from '../../src/system/clock.ts';

export interface HandClock extends Clock {
  /** Lets time pass: everything that waits no longer than that goes on. */
  pass(ms: number): void;
  /** How long somebody is waiting for, ms from now, shortest first. */
  waits(): readonly number[];
}

/** A clock that stands still until the test moves it. A pause under `short` ms passes at once. */
export function handClock(short = 5000): HandClock {
  let now = Date.now();
  const sleepers = new Map<() => void, number>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (ms < short) return resolve();
        sleepers.set(resolve, now + ms);
        signal?.addEventListener('abort', () => {
          sleepers.delete(resolve);
          reject(signal.reason);
        });
      }),
    pass: (ms) => {
      now += ms;
      for (const [go, at] of sleepers) {
        if (at > now) continue;
        sleepers.delete(go);
        go();
      }
    },
    waits: () => [...sleepers.values()].map((at) => at - now).toSorted((a, b) => a - b),
  };
}
