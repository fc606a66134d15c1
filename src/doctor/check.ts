import type { EffectiveSettings } from '../config/selection.ts';
import type { Context } from '../context.ts';
import type { Found } from '../credentials/find/find-access.ts';
import type { Model, PlatformUser } from '../platform-api/shapes.ts';
import type { Advice, CodemieError } from '../system/errors.ts';
import type { SystemProxy } from './system-proxy.ts';

export type Status = 'ok' | 'warn' | 'fail' | 'skip';

export interface Finding {
  readonly status: Status;
  /** The finding in one line; it names variables, but never shows values. */
  readonly detail: string;
  readonly advice?: readonly Advice[];
}

/** What the platform says about the credential that commands would use. */
export interface Answers {
  /** Undefined for a model provider, which has no users. */
  readonly user: PlatformUser | undefined;
  readonly models: readonly Model[];
}

/** What the checks share; each value is computed once, when a check first needs it. */
export interface DoctorContext {
  /** Its requests are limited to less than the time of a check. */
  readonly context: Context;
  /**
   * The effective settings.
   *
   * @throws why they cannot be read.
   */
  selection(): EffectiveSettings;
  /** The credential that commands would use. */
  found(): Promise<Found>;
  /** Asks the platform with that credential; undefined if there is none. */
  answers(): Promise<Answers | undefined>;
  /** What the settings of this computer say about a proxy. */
  systemProxy(): Promise<SystemProxy | undefined>;
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
  /** How long it may take, ms; default 5 s. */
  readonly limitMs?: number;
  run(patient: DoctorContext, signal: AbortSignal): Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const warn = (detail: string, ...advice: Advice[]): Finding => ({ status: 'warn', detail, advice });
export const fail = (detail: string, ...advice: Advice[]): Finding => ({ status: 'fail', detail, advice });
export const skip = (detail: string): Finding => ({ status: 'skip', detail });

/** These commands say what is wrong, as this one does. They change nothing. */
const SAYS_THE_SAME = /\bcodemie (?:doctor|profile status)\b/;
const useful = (text: string | undefined): string | undefined =>
  text === undefined || SAYS_THE_SAME.test(text) ? undefined : text;

/** @returns the finding for a typed error. Its advice never leads back to a command that only reports. */
export function failure(error: CodemieError): Finding {
  const fix = useful(error.fix);
  const hints = [error.hint, ...error.remedies].flatMap((text) => useful(text) ?? []);
  const isStuck = fix === undefined && (hints.length === 0 || error.exit === 'unreachable');
  const whom = isStuck && !/\badministrator/.test(hints.join(' ')) ? [whoCanHelp(error)] : [];
  // The first hint is the one that is shown with the problem.
  const first = [...hints.slice(0, 1), ...whom].join(' ');
  const known = [...(first === '' ? [] : [first]), ...hints.slice(1)];
  const advice = [...(fix === undefined ? [] : [{ fix }]), ...known.map((hint) => ({ hint }))];
  return { status: 'fail', detail: `${error.message} [${error.code}]`, advice };
}

function whoCanHelp({ exit }: CodemieError): string {
  return exit === 'unreachable'
    ? 'If it persists, ask your CodeMie administrator whether the server is running.'
    : 'Ask your CodeMie administrator.';
}
