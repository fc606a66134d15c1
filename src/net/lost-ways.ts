import { CodemieError } from '../system/errors.ts';

/** A command asks several things one after the other; each of them would wait for the same proxy again. */
const LOST_MS = 2000;

export interface LostWays {
  /** Notes an error of a way that did not come about. */
  note(error: unknown): void;
  /** @throws what happened on the way to `origin` a moment ago. */
  check(origin: string): void;
  /** @throws `error`, which is what the next request there is told for a moment. */
  remember(origin: string, error: unknown): never;
}

/**
 * The ways that did not come about, for as long as it makes no sense to wait for them again.
 *
 * @param elapsed time that never jumps, ms.
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
