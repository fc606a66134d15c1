import type { Place } from './place.ts';
import type { Subject } from './subject.ts';

/** One thing that can be wrong with the files of a platform. */
export interface Rule {
  /** Stable; scripts, comments in files and people name it. */
  readonly id: string;
  /** `error`: the platform does not start, or does something else than the file says. */
  readonly severity: 'error' | 'warning';
  /** What goes wrong, for the reference. */
  readonly what: string;
  /** What to do about it. A hit may say it more exactly. */
  readonly advice: string;
  check(subject: Subject): Iterable<Hit>;
}

export interface Hit {
  readonly at: Place;
  readonly message: string;
  readonly advice?: string;
}
