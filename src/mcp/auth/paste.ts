import type { Readable } from 'node:stream';
import type { CallbackResult } from '../../net/callback/judge.ts';
import { listenForPaste, readPaste } from '../../net/callback/pasted.ts';

interface Answer {
  readonly first: Promise<CallbackResult>;
  /** Stops reading standard input. */
  close(): void;
}

/**
 * Waits for the redirect of a sign-in at the listener and, where a person can type, on standard input: the browser of a
 * remote machine cannot reach the listener.
 *
 * @param say told why a line is not the address.
 */
export function redirectOrPaste(
  redirect: Promise<CallbackResult>,
  stdin: Readable | undefined,
  state: string,
  say: (why: string) => void,
): Answer {
  if (stdin === undefined) return { first: redirect, close: () => undefined };
  const { next, close } = listenForPaste(stdin, (line) => wholeAddress(line, state), say);
  return { first: Promise.race([redirect, next()]), close };
}

/** A code alone would come without `iss`, which says who sent it (RFC 9207). */
function wholeAddress(line: string, state: string): CallbackResult | string | undefined {
  const pasted = readPaste(line, state);
  if (pasted === undefined || typeof pasted === 'string' || pasted.kind !== 'bare-code') return pasted;
  return "That isn't an address. Paste the full address from your browser.";
}
