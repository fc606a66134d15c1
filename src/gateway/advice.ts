import { signInAgain } from '../config/sign-in-again.ts';
import type { Access } from '../credentials/access.ts';
import type { Credential } from '../credentials/credential.ts';
import { accountError, GIVES_NO_REASON } from '../platform-api/judge-refusal.ts';
import { formatSpan } from '../system/duration.ts';
import { type CodemieError, systemCode } from '../system/errors.ts';

/** What the user has to do now, with the server's own message if it sent one. */
export function refusedWith(
  access: Access,
  credential: Credential,
  reason: string | undefined,
  now: number,
): string {
  const { origin, source, sourceName } = access;
  const account = accountError(origin, reason);
  if (account !== undefined) return inOneLine(account);
  const isStored = source === 'store';
  const words = reason === undefined ? '' : ` (“${reason.replace(/\.$/, '')}”)`;
  // Only the gateway of a session knows when it ends, and the token behind it expires separately.
  if (GIVES_NO_REASON.test(reason ?? '') && credential.kind === 'session')
    return `CodeMie rejected your sign-in${words}. This may be temporary. If it persists, your session has expired. Run: ${signInAgain(access.selection)}`;
  // The platform also says this about a valid token while it cannot reach its own database. Do not write "try again":
  // OpenCode 1.18 takes that as an instruction and repeats the request for more than a minute.
  if (GIVES_NO_REASON.test(reason ?? '') && (credential.expiresAt ?? 0) > now)
    return `CodeMie rejected ${isStored ? 'your sign-in' : `the token from ${sourceName}`}${words}, although it has not expired. This may be temporary. If it persists, run: codemie doctor`;
  return isStored
    ? `CodeMie no longer accepts your sign-in${words}. Run: ${signInAgain(access.selection)}`
    : `CodeMie rejected the token from ${sourceName}${words}. Get a new one and pass it again.`;
}

/** The limit is the user's own. */
export function tooSlow(origin: string, ms: number): string {
  return `${origin} did not begin to answer within ${formatSpan(ms)} (CODEMIE_TIMEOUT). To wait as long as it takes: unset CODEMIE_TIMEOUT`;
}

export function inOneLine({ message, fix, hint }: CodemieError): string {
  return [message, hint, fix && `Run: ${fix}`].filter(Boolean).join(' ');
}

/** Whether an update replaced the files of this program, so that it cannot load the rest of itself. */
export function isReplaced(error: unknown): boolean {
  return systemCode(error) === 'MODULE_NOT_FOUND' || systemCode(error) === 'ERR_MODULE_NOT_FOUND';
}

export const REPLACED =
  'codemie was updated while this gateway ran. Stop the gateway, or the agent, and start it again.';

/** Neither another model nor another sign-in helps here. */
export const NO_MODELS =
  "This CodeMie server's model proxy is off, so agents can't use models. Ask your CodeMie administrator.";

/**
 * What to do if the platform requires a later version (426).
 *
 * @param reason the platform's message, which recommends a different program.
 */
export function outdated(reason: string): string {
  const least = /CodeMie CLI (\d[\w.]{0,20}) or higher/.exec(reason)?.[1];
  const demanded = least === undefined ? 'a later version' : `version ${least} or later`;
  return `CodeMie requires ${demanded} of the CLI; you have codemie ${CODEMIE_VERSION}. Run: npm install -g codemie@latest`;
}
