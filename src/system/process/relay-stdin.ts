import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How to wait for the input of a child that does nothing until its input ends. */
export interface InputWait {
  /** Our stdin. */
  readonly from: Readable;
  /** How long a pipe may stay silent before the child gets empty input; undefined for no limit. */
  readonly limitMs: number | undefined;
  /** `waiting` after a second of silence; `given-up` after the limit; `late` if data came after that and was lost. */
  tell(event: 'waiting' | 'given-up' | 'late'): void;
}

const SILENCE_MS = 1000;

/**
 * Relays our stdin. A pipe that was left open and is never written to looks the same as a slow writer (a build, a
 * download). So we wait, and report what happens: data is never lost silently.
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
    // Keep reading, to report data that arrives too late.
    stdin.once('data', () => tell('late')).resume();
  }
  for (const event of ['data', 'end'] as const) stdin.once(event, settle);
  const close = (): void => {
    settle();
    stdin.destroy();
  };
  child.once('exit', close);
  child.once('error', close);
  // A child that exits without reading all of it closes its end first.
  target.on('error', close);
  stdin.on('error', () => {
    settle();
    target.end();
  });
  stdin.pipe(target);
}
