import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { type CallbackResult, judgeCallback } from '../../net/callback/judge.ts';
import { interrupted } from '../../system/errors.ts';

/** What a person pasted: the whole redirect, or the code alone. */
export type Pasted = CallbackResult | { readonly kind: 'bare-code'; readonly code: string };

export interface PasteListener<T> {
  /**
   * The next line that may be the answer. Stays pending when nothing (more) is typed.
   * @throws INTERRUPTED when Ctrl-C is typed, which is read like any other key here.
   */
  next(): Promise<T>;
  close(): void;
}

const LONGEST_LINE = 131_072;
/** After so many lines that were no answer, stdin is something else than a person. */
const MOST_REFUSED = 10;

/** A terminal, which may hand its keys over one by one. */
type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };

const CTRL_C = '\u0003';

/**
 * Listens for the redirected address or the bare code, pasted by a person whose browser runs elsewhere. The end of the
 * input is not the end of the wait: nothing more will be pasted, the browser may still come back. A terminal hands its
 * keys over one by one in between: as lines it would cut off what is longer than 4,095 characters, and show a secret.
 *
 * @param read what a line is: an answer, the reason why it is none, or undefined for an empty one.
 * @param refuse called with the reason for a line that is no answer; the wait goes on.
 */
export function listenForPaste<T extends object>(
  stdin: Keyboard,
  read: (line: string) => T | string | undefined,
  refuse: (why: string) => void,
): PasteListener<T> {
  const decoder = new StringDecoder('utf8');
  const waiting: T[] = [];
  let isStopped = false;
  let wake: (() => void) | undefined;
  let pending = '';
  let refused = 0;

  const take = (line: string): void => {
    const result = read(line);
    if (result === undefined || refused >= MOST_REFUSED) return;
    if (typeof result !== 'string') {
      if (waiting.length < MOST_REFUSED) waiting.push(result);
      wake?.();
      return;
    }
    refused += 1;
    refuse(
      refused < MOST_REFUSED
        ? result
        : 'Too many invalid lines; no longer reading stdin. Still waiting for your browser.',
    );
    if (refused >= MOST_REFUSED) close();
  };
  const onData = (chunk: Buffer | string): void => {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    if (isRaw && text.includes(CTRL_C)) {
      isStopped = true;
      return wake?.();
    }
    const lines = `${pending}${text}`.split(/\r\n|\n|\r/);
    pending = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) take(line);
  };
  const onEnd = (): void => {
    take(pending);
    pending = '';
  };
  const onError = (): void => undefined;
  const close = (): void => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    if (isRaw) stdin.setRawMode?.(false);
    // A paused stream holds no process alive and is left whole for a question that may follow.
    stdin.pause();
  };

  const isRaw = stdin.isTTY === true && stdin.setRawMode !== undefined;
  if (isRaw) stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  stdin.on('error', onError);
  // A question that was asked before leaves the stream paused.
  stdin.resume();
  return {
    next: async () => {
      for (;;) {
        if (isStopped) throw interrupted('SIGINT');
        const first = waiting.shift();
        if (first !== undefined) return first;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close,
  };
}

/** @returns what was pasted, the reason why a line is no answer, or undefined for an empty line. */
export function readPaste(line: string, state: string): Pasted | string | undefined {
  const text = tidied(line);
  if (text === '') return undefined;
  if (/^https?:\/\//i.test(text) || /(^|[?&])(code|error|state)=/.test(text)) {
    const query = text.includes('?') ? text.slice(text.indexOf('?') + 1) : text;
    const judged = judgeCallback(new URLSearchParams(query.replace(/#.*$/, '')), state);
    return typeof judged === 'string' ? `That link can't be used. ${judged}` : judged;
  }
  const code = /%[0-9a-f]{2}/i.test(text) ? decoded(text) : text;
  // RFC 6749 appendix A.11: a code is made of visible characters; shorter ones are typing, not codes.
  if (!/^[!-~]{8,4096}$/.test(code))
    return "That isn't a sign-in link or code. Paste the full address from your browser, or press Ctrl-C to stop.";
  return { kind: 'bare-code', code };
}

/** Terminals may mark pasted text; people copy addresses with the quotes around them. */
function tidied(line: string): string {
  return line
    .replace(/\u001b\[20[01]~/g, '')
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '');
}

/** @returns a parameter of a pasted address, or the line itself when it is no address; undefined for an empty line. */
export function pastedParameter(line: string, name: string): string | undefined {
  const text = tidied(line);
  if (text === '') return undefined;
  const at = text.indexOf('?');
  return at === -1 ? text : (new URLSearchParams(text.slice(at + 1)).get(name) ?? text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
