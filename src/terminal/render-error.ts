import { CodemieError, messageOf, systemCode } from '../system/errors.ts';
import { harmless } from '../system/printable.ts';
import { redact } from '../system/redact.ts';

/** Converts any thrown value into an error to show. Unknown errors keep their message, but not their stack. */
export function asCodemieError(error: unknown): CodemieError {
  if (error instanceof CodemieError) return error;
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return new CodemieError({ code: 'INTERRUPTED', message: 'Cancelled.' });
  }
  const known = fileError(error);
  if (known !== undefined) return known;
  return new CodemieError({
    code: 'INTERNAL',
    message: `Unexpected error: ${messageOf(error)}`,
    hint: 'Run the command again with --verbose, and report the output.',
    cause: error,
  });
}

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const UNWRITABLE = ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG'];

/** Files are written in many places; a full disk or a closed folder gives the same message everywhere. */
function fileError(error: unknown): CodemieError | undefined {
  const code = systemCode(error) ?? '';
  const path = error instanceof Error ? (error as NodeJS.ErrnoException).path : undefined;
  const where = path === undefined ? 'the file system' : path;
  if (FULL.includes(code)) {
    return new CodemieError({
      code: 'DISK_FULL',
      message: `Couldn't write ${where}: no space left.`,
      hint: 'Free up disk space, or set CODEMIE_HOME to another folder.',
      cause: error,
    });
  }
  if (!UNWRITABLE.includes(code) || path === undefined) return undefined;
  return new CodemieError({
    code: 'FILES_CLOSED',
    message: `Couldn't use ${where} (${code}).`,
    hint: 'Make sure you own it and can write to it, or set CODEMIE_HOME to another folder.',
    cause: error,
  });
}

/** What happened, why, how to fix it, and the stable code; with `verbose` also the causes, never a stack (T16). */
export function errorText(error: CodemieError, verbose: boolean): string {
  // A user who answered no needs no error.
  if (error.code === 'CANCELLED') return error.message;
  const lines = [`error: ${error.message} [${error.code}]`];
  if (error.fix !== undefined) lines.push(`  fix: ${error.fix}`);
  if (error.hint !== undefined) lines.push(`  hint: ${error.hint}`);
  for (const remedy of error.remedies) lines.push(`  - ${remedy}`);
  if (verbose) {
    for (let cause = error.cause, depth = 0; cause !== undefined && depth < 8; depth += 1) {
      lines.push(`  caused by: ${messageOf(cause)}`);
      cause = cause instanceof Error ? cause.cause : undefined;
    }
  }
  // The message may quote names, addresses and values as given.
  return redact(harmless(lines.join('\n')));
}

/**
 * One object on stdout and nothing else there. `fix` holds commands only. `hint` is what to show to a person: the sentence,
 * or the command where there is none.
 */
export function errorJson(error: CodemieError): string {
  const hint = error.hint ?? error.fix;
  return JSON.stringify({
    schemaVersion: 1,
    error: {
      code: error.code,
      message: redact(error.message),
      ...(hint === undefined ? {} : { hint: redact(hint) }),
      fix: error.fix === undefined ? [] : [redact(error.fix)],
      ...(error.remedies.length === 0 ? {} : { remedies: error.remedies.map(redact) }),
    },
  });
}
