import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { interrupted } from '../../system/errors.ts';
import { withoutEnd } from '../../system/trim-end.ts';
import { type CallbackResult, judgeCallback } from './judge.ts';

/** Pasted input: the full redirect address, or the code alone. */
export type Pasted = CallbackResult | { readonly kind: 'bare-code'; readonly code: string };

export interface PasteListener<T> {
  /**
   * @returns the next line that may be the response. Stays pending while nothing is typed, even after the end of the input.
   * @throws INTERRUPTED on Ctrl-C, which raw mode delivers as an ordinary key.
   */
  next(): Promise<T>;
  close(): void;
}

const MAX_LINE_LENGTH = 131_072;
/** After this many invalid lines, stdin is probably not a person. */
const MAX_INVALID_LINES = 10;

/** Standard input, which supports raw mode if it is a terminal. */
type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };

const CTRL_C = '\u0003';

/**
 * Listens for a pasted redirect address or code, for a browser on another machine. The end of the input does not end the wait,
 * because the browser may still respond. A terminal is set to raw mode: in line mode it would cut lines off after 4,095
 * characters and echo a secret.
 *
 * @param read parses a line: returns a response, a message if the line is not one, or undefined for an empty line.
 * @param refuse called with the message for an invalid line; the wait continues.
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
    if (result === undefined || refused >= MAX_INVALID_LINES) return;
    if (typeof result !== 'string') {
      if (waiting.length < MAX_INVALID_LINES) waiting.push(result);
      wake?.();
      return;
    }
    refused += 1;
    refuse(
      refused < MAX_INVALID_LINES
        ? result
        : 'Too many invalid lines; no longer reading stdin. Still waiting for your browser.',
    );
    if (refused >= MAX_INVALID_LINES) close();
  };
  const onData = (chunk: Buffer | string): void => {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    if (isRaw && text.includes(CTRL_C)) {
      isStopped = true;
      return wake?.();
    }
    const lines = `${pending}${text}`.split(/\r\n|\n|\r/);
    pending = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH);
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
    // A paused stream does not keep the process alive, and a later prompt can still use it.
    stdin.pause();
  };

  const isRaw = stdin.isTTY === true && stdin.setRawMode !== undefined;
  if (isRaw) stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  stdin.on('error', onError);
  // An earlier prompt leaves the stream paused.
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

/** @returns the response in a pasted line, a message if it is not one, or undefined for an empty line. */
export function readPaste(line: string, state: string): Pasted | string | undefined {
  const text = tidied(line);
  if (text === '') return undefined;
  if (/^https?:\/\//i.test(text) || /(^|[?&])(code|error|state)=/.test(text)) {
    const query = text.includes('?') ? text.slice(text.indexOf('?') + 1) : text;
    const judged = judgeCallback(new URLSearchParams(query.split('#', 1)[0]), state);
    return typeof judged === 'string' ? `That link can't be used. ${judged}` : judged;
  }
  const code = /%[0-9a-f]{2}/i.test(text) ? decoded(text) : text;
  // RFC 6749 appendix A.11: a code consists of visible characters. A shorter one is a typo, not a code.
  if (!/^[!-~]{8,4096}$/.test(code))
    return "That isn't a sign-in link or code. Paste the full address from your browser, or press Ctrl-C to stop.";
  return { kind: 'bare-code', code };
}

/** Removes a terminal's paste markers, and quotes copied with the address. */
function tidied(line: string): string {
  const text = line.replace(/\u001b\[20[01]~/g, '').trim();
  return withoutEnd(text.replace(/^["'<]+/, ''), '"\'>');
}

/** @returns a parameter of a pasted address, or the line itself if it is not an address; undefined for an empty line. */
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
