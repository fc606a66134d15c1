import { ERROR_CODES, type ErrorCode } from './error-codes.ts';
import type { ExitName } from './exit-codes.ts';

/** What a person can do about an error. */
export interface Advice {
  /** One command, complete: it can be pasted into a shell and run as it is. */
  readonly fix?: string | undefined;
  /** What to do where no command does it, or what to know before running `fix`; one or two sentences. */
  readonly hint?: string | undefined;
}

export interface ErrorDetails extends Advice {
  /** Stable, machine-readable code. It determines the exit code (`error-codes.ts`). */
  readonly code: ErrorCode;
  /** What happened and why, one or two sentences, without secrets. */
  readonly message: string;
  readonly cause?: unknown;
  /** Further ways out, shown last as a list. */
  readonly remedies?: readonly string[];
}

/**
 * The command that signs in. Advice uses it alone, or with extra flags, when the profile is unknown; code that knows
 * the profile completes the command (`config/sign-in-again.ts`).
 */
export const SIGN_IN = 'codemie profile login';

/** Every failure shown to the user. Write the message where the failure is understood; the code determines the exit. */
export class CodemieError extends Error {
  readonly code: ErrorCode;
  readonly exit: ExitName;
  readonly fix: string | undefined;
  readonly hint: string | undefined;
  readonly remedies: readonly string[];

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CodemieError';
    this.code = details.code;
    this.exit = ERROR_CODES[details.code].exit;
    this.fix = details.fix;
    this.hint = details.hint;
    this.remedies = details.remedies ?? [];
  }

  /** @returns the same error with some details replaced. */
  with(changes: Partial<ErrorDetails>): CodemieError {
    const { code, message, fix, hint, cause, remedies } = this;
    return new CodemieError({ code, message, fix, hint, cause, remedies, ...changes });
  }
}

/** Wrong flags, arguments or values: exit 2. The advice names the flag or variable to use. */
export function usageError(message: string, advice: Advice = {}, code: UsageCode = 'USAGE'): CodemieError {
  return new CodemieError({ code, message, ...advice });
}

/** The person answered a question with no. */
export function cancelled(): CodemieError {
  return usageError('Cancelled.', undefined, 'CANCELLED');
}

type UsageCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code]['exit'] extends 'usage' ? Code : never;
}[ErrorCode];

const SIGNAL_CODES = { SIGINT: 'INTERRUPTED', SIGTERM: 'TERMINATED', SIGHUP: 'HUNG_UP' } as const;

/** The error for a run ended by a signal; the exit code is 128 + the signal number. */
export function interrupted(signal: keyof typeof SIGNAL_CODES): CodemieError {
  return new CodemieError({ code: SIGNAL_CODES[signal], message: `Ended by ${signal}.` });
}

/** @returns whether the error means that a signal ended the run. */
export function isInterrupted({ code }: CodemieError): boolean {
  return Object.values<ErrorCode>(SIGNAL_CODES).includes(code);
}

/** @returns the message of any thrown value, for `cause` chains. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns the `code` of a Node system error (`ENOENT`, `ECONNREFUSED` …), if the value has one. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
