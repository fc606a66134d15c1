import type { ExitName } from './exit-codes.ts';

export interface ErrorDetails {
  /** Stable machine name, upper snake case with its area first: `AUTH_EXPIRED`. Never reworded. */
  readonly code: string;
  /** What happened and why, one or two sentences, without secrets. */
  readonly message: string;
  /** One command (or one short step) that fixes it. */
  readonly hint?: string;
  readonly exit: ExitName;
  readonly cause?: unknown;
  /** Further remedies, shown below the hint as a list. */
  readonly remedies?: readonly string[];
}

/**
 * The command that signs in. In an error's `hint` it stands alone or with further flags where the profile is not known;
 * code that knows it completes the command (`config/sign-in-again.ts`).
 */
export const SIGN_IN = 'codemie profile login';

/** Every failure a person may see. The sentence is chosen where the failure is understood; the exit code in main. */
export class CodemieError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exit: ExitName;
  readonly remedies: readonly string[];

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CodemieError';
    this.code = details.code;
    this.hint = details.hint;
    this.exit = details.exit;
    this.remedies = details.remedies ?? [];
  }
}

/** Wrong flags, arguments or values: exit 2. `hint` names the flag or variable to use. */
export function usageError(message: string, hint?: string, code = 'USAGE'): CodemieError {
  return new CodemieError({ code, message, exit: 'usage', ...(hint === undefined ? {} : { hint }) });
}

/** The run was ended by a signal; carries the exit code 128 + n. */
export function interrupted(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): CodemieError {
  const exit: ExitName = signal === 'SIGINT' ? 'sigint' : signal === 'SIGTERM' ? 'sigterm' : 'sighup';
  return new CodemieError({ code: 'INTERRUPTED', message: `Ended by ${signal}.`, exit });
}

/** @returns the text of anything thrown, for `cause` chains. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns the `code` of a Node system error (`ENOENT`, `ECONNREFUSED` …), if the value carries one. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
