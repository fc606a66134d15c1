import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface PasteListener {
  /** The first line that is the answer to this sign-in. Never resolves when nothing (more) is typed. */
  readonly answer: Promise<URLSearchParams>;
  close(): void;
}

/**
 * Listens for the redirected address or the bare code, pasted by a person whose browser runs elsewhere. A pasted
 * address must carry the right state; a bare code is bound to this attempt by PKCE.
 *
 * @param refuse called with the reason for every line that is no answer; the wait goes on.
 */
export function listenForPaste(stdin: Readable, state: string, refuse: (why: string) => void): PasteListener {
  let arrive: (params: URLSearchParams) => void = () => undefined;
  const answer = new Promise<URLSearchParams>((resolve) => {
    arrive = resolve;
  });
  const reader = createInterface({ input: stdin, terminal: false });
  reader.on('line', (line) => {
    const result = readAnswer(line, state);
    if (result === undefined) return;
    if (typeof result === 'string') refuse(result);
    else arrive(result);
  });
  // Ctrl-C is the program's business, and the end of the input is not the end of the wait.
  reader.on('error', () => undefined);
  return {
    answer,
    close: () => {
      reader.close();
      stdin.pause();
      // A pipe that is never closed must not keep the process alive.
      if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
    },
  };
}

/** @returns the parameters, the reason why a line is no answer, or undefined for an empty line. */
export function readAnswer(line: string, state: string): URLSearchParams | string | undefined {
  const text = line.trim().replace(/^["'<]+|["'>]+$/g, '');
  if (text === '') return undefined;
  if (/^https?:\/\//i.test(text) || text.includes('code=') || text.includes('error=')) {
    const query = text.includes('?') ? text.slice(text.indexOf('?') + 1) : text;
    const params = new URLSearchParams(query.replace(/#.*$/, ''));
    const states = params.getAll('state');
    if (states.length !== 1 || states[0] !== state)
      return 'That address belongs to another sign-in (its state differs).';
    if (params.getAll('code').length > 1) return 'That address carries two codes.';
    if (params.get('code') === null && params.get('error') === null) return 'That address carries no code.';
    return params;
  }
  if (!/^[A-Za-z0-9._~+/=-]{6,2048}$/.test(text)) return 'That is neither the redirected address nor a code.';
  return new URLSearchParams({ code: text, state });
}
