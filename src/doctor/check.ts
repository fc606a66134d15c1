import type { EffectiveSettings } from '../config/selection.ts';
import type { Context } from '../context.ts';
import type { Found } from '../credentials/find/find-access.ts';
import type { Advice, CodemieError } from '../system/errors.ts';

export type Status = 'ok' | 'warn' | 'fail' | 'skip';

export interface Finding {
  readonly status: Status;
  /** The finding in one line; it names variables, but never shows values. */
  readonly detail: string;
  readonly advice?: readonly Advice[];
}

/** What the checks share; each value is computed once, when a check first needs it. */
export interface DoctorContext {
  readonly context: Context;
  /**
   * The effective settings.
   *
   * @throws why they cannot be read.
   */
  selection(): EffectiveSettings;
  /** The credential that commands would use. */
  found(): Promise<Found>;
  readonly now: number;
  /** Whether requests are forbidden. */
  readonly offline: boolean;
}

/** One check. To add one, write a file and add it to `checks.ts`. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly needsNetwork?: true;
  /** Checks whose failure explains this one's; if one of them fails, this one is skipped. */
  readonly after?: readonly string[];
  run(patient: DoctorContext, signal: AbortSignal): Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const warn = (detail: string, ...advice: Advice[]): Finding => ({ status: 'warn', detail, advice });
export const fail = (detail: string, ...advice: Advice[]): Finding => ({ status: 'fail', detail, advice });
export const skip = (detail: string): Finding => ({ status: 'skip', detail });

/** @returns the finding for a typed error. */
export function failure(error: CodemieError): Finding {
  const { fix, hint, remedies } = error;
  const advice = [{ fix, hint }, ...remedies.map((remedy) => ({ hint: remedy }))];
  return { status: 'fail', detail: `${error.message} [${error.code}]`, advice };
}
