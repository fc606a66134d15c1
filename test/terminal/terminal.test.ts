import { PassThrough, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPrompts } from '../../src/terminal/prompts.ts';
import { createTerminal, type Terminal } from '../../src/terminal/terminal.ts';
import { testContext } from '../support/context.ts';

/** A person's terminal, and everything drawn on it. */
function terminalOf(columns: number, env = {}): { terminal: Terminal; drawn: () => string } {
  let text = '';
  const stream = () =>
    Object.assign(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          text += chunk.toString();
          done();
        },
      }),
      { isTTY: true, columns, cursorTo: () => true, clearLine, moveCursor: () => true },
    );
  let cleared = 0;
  // A spinner that counts an infinite number of lines would keep the test's process busy forever.
  const clearLine = (): boolean => {
    cleared += 1;
    if (cleared > 1000) throw new Error('the spinner never ends');
    return true;
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const { signal } = new AbortController();
  const terminal = createTerminal(
    { stdin, stdout: stream(), stderr: stream() },
    { env, noInput: false, signal, platform: 'linux' },
  );
  return { terminal, drawn: () => text };
}

describe('progress', () => {
  it('on a terminal of 0 columns is plain lines, where a spinner would never end', async () => {
    const { terminal, drawn } = terminalOf(0);
    const progress = await terminal.progress('Connecting…');
    progress.update('Still connecting…');
    progress.done('Connected.');
    terminal.success('Done.');
    expect(drawn()).toBe('Connecting…\nStill connecting…\nConnected.\nDone.\n');
  });

  it.each([
    ['NO_COLOR', { NO_COLOR: '1', TERM: 'xterm-256color' }],
    ['TERM=dumb', { TERM: 'dumb' }],
  ])('has no color with %s', async (_name, env) => {
    const { terminal, drawn } = terminalOf(80, env);
    const progress = await terminal.progress('Connecting…');
    progress.done('Connected.');
    expect(drawn()).toContain('Connected.');
    // Colors and bold; the cursor may move.
    expect(drawn()).not.toMatch(/\u001b\[[0-9;]*m/);
  });
});

it('a stop signal ends an open prompt', async () => {
  const stop = new AbortController();
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const streams = { stdin, stdout: output, stderr: Object.assign(output, { isTTY: true, columns: 80 }) };
  const prompts = await createPrompts(streams, stop.signal);
  const asked = prompts.input({ flag: '--url', message: 'CodeMie URL:' });
  await setImmediate();
  stop.abort(new Error('SIGTERM'));
  await expect(asked).rejects.toThrow();
});

describe('what the program prints', () => {
  const HOSTILE = 'v1\u001b[2J\u001b]0;title\u0007 \u009b1A a\u202eb\rc';

  it('cannot move the cursor of a terminal, and keeps colors, tabs and lines', () => {
    const context = testContext({ tty: true });
    context.terminal.print(`\u001b[32mok\u001b[39m\t${HOSTILE}\r\nnext\n`);
    expect(context.out.stdout).toBe('\u001b[32mok\u001b[39m\tv1 [2J ]0;title   1A a b c\r\nnext\n');
  });

  it('reaches another program exactly', () => {
    const context = testContext();
    context.terminal.print(HOSTILE);
    expect(context.out.stdout).toBe(`${HOSTILE}\n`);
  });
});
