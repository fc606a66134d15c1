import { type ChildProcess, spawn } from 'node:child_process';
import type { ChildEnvironment } from './child-environment.ts';
import { endTree } from './end-tree.ts';
import { startCommand } from './start-command.ts';

export interface OutputOptions {
  readonly env: ChildEnvironment;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Default 15 s. */
  readonly timeoutMs?: number;
  /** Include its stderr in the error; only if it cannot contain secrets. */
  readonly tellErrors?: boolean;
}

const LIMIT_MS = 15_000;
const LONGEST = 1_048_576;
/** How long a program may take to exit after SIGTERM, ms. */
const PATIENCE_MS = 2000;

/**
 * Runs a helper program without a shell and returns its stdout, at most 1 MiB. Errors leave out its stderr unless
 * asked for: it may repeat the input. After the time limit, or on an abort, ends it with everything it started.
 *
 * @param program the full path, so that the working folder does not matter.
 */
export function outputOf(
  program: string,
  args: readonly string[],
  { env, signal, cwd, timeoutMs = LIMIT_MS, tellErrors = false }: OutputOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const command = startCommand(program, args);
    const child = spawn(command.program, [...command.args], {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      // Its own process group, so that the whole group can be ended.
      detached: process.platform !== 'win32',
    });
    let stopped: string | undefined;
    let closePipes: NodeJS.Timeout | undefined;
    const stop = (why: string): void => {
      if (stopped !== undefined) return;
      stopped = why;
      endAll(child);
      // A process it started may have left its group and still hold the pipes open.
      closePipes = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 2 * PATIENCE_MS);
    };
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (stopped !== undefined) return;
        said[name] += text;
        if (said[name].length > LONGEST) stop('printed too much');
      });
    const limit = setTimeout(() => stop(`took longer than ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
    const onAbort = (): void => stop('was told to stop');
    signal.addEventListener('abort', onAbort);
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(closePipes);
      signal.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      settle();
      reject(new Error(`couldn't start ${program} (${error.message})`));
    });
    child.once('close', (code, ended) => {
      settle();
      if (stopped === undefined && code === 0) return resolve(said.stdout);
      const how = stopped ?? `failed (${code ?? ended})`;
      const words = tellErrors ? said.stderr.trim().split('\n').slice(-6).join(' ') : '';
      reject(new Error(`${program} ${how}${words === '' ? '' : `: ${words}`}`));
    });
  });
}

/** Sends SIGTERM, then SIGKILL. On Windows there is no signal to send first. */
function endAll(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') return void endTree(pid);
  const send = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // All of them have already ended.
    }
  };
  send('SIGTERM');
  const kill = setTimeout(() => send('SIGKILL'), PATIENCE_MS);
  child.once('close', () => {
    clearTimeout(kill);
    send('SIGKILL');
  });
}
