import type { Env } from '../system/env.ts';
import type { CodemieError } from '../system/errors.ts';
import { forShell, shellOf } from '../system/shell.ts';

/** What the user typed, and where. */
export interface Typed {
  readonly platform: NodeJS.Platform;
  readonly env: Env;
  /** Whether stdin is a terminal. */
  readonly isTTY: boolean;
  /** The name that the program was started with, e.g. `codemie-mcp-proxy`. */
  readonly bin: string;
  /** The words of `codemie` that this name stands for. */
  readonly words?: readonly string[] | undefined;
}

/** @returns the error with its commands written for the user's shell, and with the name that the user typed. */
export function errorForUser(error: CodemieError, typed: Typed): CodemieError {
  const { bin, words, platform, env } = typed;
  const userShell = shellOf(platform, env);
  const whole = words === undefined ? undefined : ['codemie', ...words].join(' ');
  const rewrite = (text: string): string =>
    forShell(whole === undefined ? text : text.replaceAll(whole, bin), userShell);
  const { message, fix, hint, remedies } = error;
  const more = error.code === 'INPUT_REQUIRED' && needsWinpty(typed) ? [WINPTY] : [];
  return error.with({
    message: rewrite(message),
    fix: fix && rewrite(fix),
    hint: hint && rewrite(hint),
    remedies: [...remedies.map(rewrite), ...more],
  });
}

/** winpty starts no scripts, so it needs the name with `.cmd`. */
const WINPTY =
  'To be asked in this window, put winpty before the command and .cmd after its name: winpty codemie.cmd setup';

/** mintty, the window of Git Bash, is a terminal for Windows programs only through winpty. */
function needsWinpty({ platform, env, isTTY }: Typed): boolean {
  return (
    platform === 'win32' && !isTTY && ((env['MSYSTEM'] ?? '') !== '' || env['TERM_PROGRAM'] === 'mintty')
  );
}
