import { formatSpan } from '../../../system/duration.ts';
import type { OnWritten } from './apply.ts';

/** Not more often than this, ms: without a terminal each text is a line. */
const EVERY = 1000;

/** @returns a listener that says how far a run is, how fast it goes, and how long it will take. */
export function pace(say: (text: string) => void, elapsed: () => number): OnWritten {
  const began = elapsed();
  let first: number | undefined;
  let said = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = elapsed();
    if (first === undefined) first = done;
    if (now - said < EVERY && done < total) return;
    said = now;
    const rate = done / Math.max(now - began, 1);
    say(
      `Wrote ${done} of ${total} users and projects, ${Math.round(rate * 1000)} a second, ${formatSpan((total - done) / rate)} left`,
    );
  };
}
