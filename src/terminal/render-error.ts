import { CodemieError, messageOf } from '../system/errors.ts';
import { redact } from '../system/redact.ts';

/** Anything thrown, as the error a person or a script may see. Unknown failures keep their message, not their stack. */
export function asCodemieError(error: unknown): CodemieError {
  if (error instanceof CodemieError) return error;
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return new CodemieError({ code: 'INTERRUPTED', message: 'Cancelled.', exit: 'sigint' });
  }
  return new CodemieError({
    code: 'INTERNAL',
    message: `Something went wrong that codemie did not expect: ${messageOf(error)}`,
    hint: 'Run it again with --verbose and report what it prints.',
    exit: 'failed',
    cause: error,
  });
}

/** What happened, why, how to fix it, and the stable code; with `verbose` the causes too, never a stack (T16). */
export function errorText(error: CodemieError, verbose: boolean): string {
  const lines = [`error: ${error.message} [${error.code}]`];
  if (error.hint !== undefined) lines.push(`  fix: ${error.hint}`);
  for (const remedy of error.remedies) lines.push(`  - ${remedy}`);
  if (verbose) {
    for (let cause = error.cause, depth = 0; cause !== undefined && depth < 8; depth += 1) {
      lines.push(`  caused by: ${messageOf(cause)}`);
      cause = cause instanceof Error ? cause.cause : undefined;
    }
  }
  return redact(lines.join('\n'));
}

/** The JSON form of contracts: one object on stdout and nothing else there. */
export function errorJson(error: CodemieError): string {
  return JSON.stringify({
    schemaVersion: 1,
    error: {
      code: error.code,
      message: redact(error.message),
      ...(error.hint === undefined ? {} : { hint: redact(error.hint) }),
      ...(error.remedies.length === 0 ? {} : { remedies: error.remedies.map(redact) }),
    },
  });
}
