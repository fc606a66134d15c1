import { setTimeout as delay } from 'node:timers/promises';

/** The clock, injected so that tests control time. All instants are milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};

/** Milliseconds since the program started. It never jumps, so it measures spans where the time of day may be set. */
export function elapsedMs(): number {
  return performance.now();
}
