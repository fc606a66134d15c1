import { CodemieError } from '../system/errors.ts';

/** A command makes several requests in sequence; without this, each would wait for the same dead proxy. */
const LOST_MS = 2000;

export interface LostWays {
  /** Marks an error as a failure to connect. */
  note(error: unknown): void;
  /** @throws the error of a recent failure to connect to `origin`. */
  check(origin: string): void;
  /** @throws `error`, after remembering it for the next request to `origin`. */
  remember(origin: string, error: unknown): never;
}

/**
 * Remembers failed connections for a moment, so that requests in that time fail at once.
 *
 * @param elapsed monotonic time, ms.
 */
export function lostWays(elapsed: () => number): LostWays {
  const noted = new WeakSet<object>();
  const known = new Map<string, { readonly error: unknown; readonly at: number }>();
  return {
    note: (error) => {
      if (error instanceof CodemieError) noted.add(error);
    },
    check: (origin) => {
      const last = known.get(origin);
      if (last !== undefined && elapsed() - last.at < LOST_MS) throw last.error;
    },
    remember: (origin, error) => {
      if (error instanceof CodemieError && noted.has(error)) known.set(origin, { error, at: elapsed() });
      throw error;
    },
  };
}
