import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How to wait for input of a child that does not begin before its input has ended. */
export interface InputWait {
  /** Our input. */
  readonly from: Readable;
  /** How long a pipe may stay silent from the start until the child is given an empty input; undefined: for ever. */
  readonly limitMs: number | undefined;
  /** `waiting` after a second of silence; `given-up` after the limit; `late` when something came after that and was lost. */
  tell(event: 'waiting' | 'given-up' | 'late'): void;
}

const SILENCE_MS = 1000;

/**
 * Hands our input on. A pipe that somebody left open and never writes to cannot be told from one whose writer takes its
 * time (a build, a download), so it is waited for, and what happens is told: nothing that comes is lost without a word.
 */
export function relay(child: ChildProcess, { from: stdin, limitMs, tell }: InputWait): void {
  const { stdin: target } = child;
  if (target === null) return;
  const waiting = setTimeout(() => tell('waiting'), SILENCE_MS);
  const limit = limitMs === undefined ? undefined : setTimeout(giveUp, limitMs);
  const settle = (): void => {
    clearTimeout(waiting);
    clearTimeout(limit);
  };
  function giveUp(): void {
    stdin.unpipe(target ?? undefined);
    target?.end();
    tell('given-up');
    // Still read, for whoever writes late is to learn that it came to nothing.
    stdin.once('data', () => tell('late')).resume();
  }
  for (const event of ['data', 'end'] as const) stdin.once(event, settle);
  const close = (): void => {
    settle();
    stdin.destroy();
  };
  child.once('exit', close);
  child.once('error', close);
  // A child that ends without reading all of it closes its side first.
  target.on('error', close);
  stdin.on('error', () => {
    settle();
    target.end();
  });
  stdin.pipe(target);
}
