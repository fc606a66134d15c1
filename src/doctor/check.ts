import type { EffectiveSettings } from '../config/selection.ts';
import type { Context } from '../context.ts';
import type { Found } from '../credentials/find/find-access.ts';
import type { CodemieError } from '../system/errors.ts';

export type Status = 'ok' | 'warn' | 'fail' | 'skip';

export interface Finding {
  readonly status: Status;
  /** What was found, one line; names of variables, never values. */
  readonly detail: string;
  /** Commands or short steps that fix it. */
  readonly fix?: readonly string[];
}

/** What the checks share; each is found out once, when the first check asks. */
export interface DoctorContext {
  readonly context: Context;
  /** The settings in force, or why they cannot be read. */
  selection(): EffectiveSettings;
  /** The credential in force. */
  found(): Promise<Found>;
  readonly now: number;
  /** No request may be made. */
  readonly offline: boolean;
}

/** One check. A new one is one file and one entry in `checks.ts`. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly needsNetwork?: true;
  /** Checks whose failure explains this one; when one of them failed this one is skipped. */
  readonly after?: readonly string[];
  run(patient: DoctorContext, signal: AbortSignal): Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const warn = (detail: string, ...fix: string[]): Finding => ({ status: 'warn', detail, fix });
export const fail = (detail: string, ...fix: string[]): Finding => ({ status: 'fail', detail, fix });
export const skip = (detail: string): Finding => ({ status: 'skip', detail });

/** @returns a typed error as a finding. */
export function failure(error: CodemieError): Finding {
  const fix = [...(error.hint === undefined ? [] : [error.hint]), ...error.remedies];
  return { status: 'fail', detail: `${error.message} [${error.code}]`, fix };
}
