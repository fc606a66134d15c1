import type { Writable } from 'node:stream';
import type { ChalkInstance } from 'chalk';
import { type Env, isCi } from '../system/env.ts';
import { usageError } from '../system/errors.ts';
import { harmless, harmlessReport } from '../system/printable.ts';
import { redact } from '../system/redact.ts';
import { forShell, shellOf } from '../system/shell.ts';
import type { Prompts } from './prompts.ts';
import type { Streams } from './streams.ts';

export interface Progress {
  update(text: string): void;
  done(text?: string): void;
  fail(text?: string): void;
}

/** The standard streams and what they are. Payload goes to stdout, everything for the user to stderr (T1). */
export interface Terminal extends Pick<Streams, 'stdin' | 'stdout' | 'stderr'> {
  /** True if prompts are allowed: stdin and stderr are terminals, not CI, not `--no-input` (T7). */
  readonly interactive: boolean;
  /** Width of the terminal on stderr; 80 if it is not a terminal. */
  readonly columns: number;
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Prints payload on stdout and adds the newline. Never redacted: it is what the user asked for. */
  print(text: string): void;
  /**
   * Prints a line for the user on stderr, redacted, without cursor control characters, and with commands written for
   * the user's shell.
   */
  say(text: string): void;
  /** Prints a line that says something is done, marked like a finished spinner. */
  success(text: string): void;
  /** Prints a line on stderr unchanged, such as a sign-in URL with its one-time parameters (T6). */
  sayExact(text: string): void;
  /** Shows a spinner on a terminal, one plain line per phase elsewhere (T2). */
  progress(text: string): Promise<Progress>;
  /** Prompts. Without a terminal, each one throws USAGE and names its flag (T8). */
  prompts(): Promise<Prompts>;
  colors(stream: 'stdout' | 'stderr'): Promise<ChalkInstance>;
}

export interface TerminalOptions {
  readonly env: Env;
  readonly noInput: boolean;
  /** Ends an open prompt. */
  readonly signal: AbortSignal;
  /** What commands in messages are written for. */
  readonly platform: NodeJS.Platform;
}

/** @returns whether to use colour on a stream (NO_COLOR, FORCE_COLOR, TERM=dumb; T3). */
export function wantsColor(env: Env, isTTY: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}

export function createTerminal(streams: Streams, options: TerminalOptions): Terminal {
  const { env, platform } = options;
  const userShell = shellOf(platform, env);
  const terminal = streams.isTTY ?? ((name) => streams[name].isTTY === true);
  const write = streams.write ?? ((name, text) => void streams[name].write(text));
  const isTTY = {
    get stdin() {
      return terminal('stdin');
    },
    get stdout() {
      return terminal('stdout');
    },
    get stderr() {
      return terminal('stderr');
    },
  };
  const isInteractive = (): boolean => !options.noInput && !isCi(env) && isTTY.stdin && isTTY.stderr;
  // A spinner that counts its lines never ends on a terminal without columns (`script`, some CI runners).
  const isAnimated = (): boolean =>
    env['TERM'] !== 'dumb' && !isCi(env) && isTTY.stderr && (streams.stderr.columns ?? 0) > 0;
  const colors = async (stream: 'stdout' | 'stderr'): Promise<ChalkInstance> => {
    const { Chalk } = await import('chalk');
    return new Chalk({ level: wantsColor(env, isTTY[stream]) ? 1 : 0 });
  };
  const sayExact = (text: string): void => write('stderr', `${text}\n`);
  const say = (text: string): void => sayExact(safe(forShell(text, userShell)));
  return {
    get stdin() {
      return streams.stdin;
    },
    get stdout() {
      return streams.stdout;
    },
    get stderr() {
      return streams.stderr;
    },
    get interactive() {
      return isInteractive();
    },
    get columns() {
      return (isTTY.stderr ? streams.stderr.columns : undefined) ?? 80;
    },
    isTTY,
    // Other programs get it exactly. On a terminal, what it quotes must not move the cursor.
    print: (text) => {
      const shown = isTTY.stdout ? harmlessReport(text) : text;
      write('stdout', shown.endsWith('\n') ? shown : `${shown}\n`);
    },
    say,
    success: (text) => say(isAnimated() ? `✔ ${text}` : text),
    sayExact,
    progress: async (text) =>
      isAnimated() ? spinner(text, streams.stderr, await colors('stderr')) : plainProgress(text, say),
    prompts: async () => {
      if (!isInteractive()) return refusingPrompts;
      const { createPrompts } = await import('./prompts.ts');
      return createPrompts(streams, options.signal);
    },
    colors,
  };
}

/** Messages may quote text from a platform, a file or a caller. */
function safe(text: string): string {
  return redact(harmless(text));
}

async function spinner(text: string, stream: Writable, chalk: ChalkInstance): Promise<Progress> {
  const { default: ora } = await import('ora');
  const spin = ora({
    text: safe(text),
    stream: stream as NodeJS.WriteStream,
    discardStdin: false,
    hideCursor: true,
    color: chalk.level === 0 ? false : 'cyan',
  }).start();
  const end = (symbol: string, last: string | undefined): void =>
    void (last === undefined ? spin.stop() : spin.stopAndPersist({ symbol, text: safe(last) }));
  return {
    update: (next) => {
      spin.text = safe(next);
    },
    done: (last) => end(chalk.green('✔'), last),
    fail: (last) => end(chalk.red('✖'), last),
  };
}

function plainProgress(text: string, say: (text: string) => void): Progress {
  say(text);
  const last = (final?: string): void => {
    if (final !== undefined) say(final);
  };
  return { update: say, done: last, fail: last };
}

/** @returns a terminal that never prompts. */
export function withoutQuestions(terminal: Terminal): Terminal {
  return Object.create(terminal, {
    interactive: { value: false },
    prompts: { value: async () => refusingPrompts },
  }) as Terminal;
}

const refuse = async ({ flag, message }: { flag: string; message: string }): Promise<never> => {
  const needed =
    flag === '--yes'
      ? 'Confirmation needed'
      : `Can't prompt for "${message.replace(/:$/, '')}": not a terminal`;
  throw usageError(`${needed}.`, { hint: `Use ${flag}.` }, 'INPUT_REQUIRED');
};

const refusingPrompts: Prompts = { select: refuse, input: refuse, password: refuse, confirm: refuse };
