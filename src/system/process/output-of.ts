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
  /** Put what it wrote on its error output into the error; only where it cannot be secret. */
  readonly tellErrors?: boolean;
}

const LIMIT_MS = 15_000;
const LONGEST = 1_048_576;
/** How long a program may take to end after it was told to, ms. */
const PATIENCE_MS = 2000;

/**
 * Runs a helper program without a shell and answers what it printed, at most 1 MiB. Its error output is left out of
 * errors unless asked for: it may repeat what it was given. After the time limit, or when we are told to stop, it is ended
 * with everything it started.
 *
 * @param program its full path, so that nobody's working folder counts.
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
      // A group of its own, to be ended with all of it.
      detached: process.platform !== 'win32',
    });
    let stopped: string | undefined;
    let letGo: NodeJS.Timeout | undefined;
    const stop = (why: string): void => {
      if (stopped !== undefined) return;
      stopped = why;
      endAll(child);
      // What it started may have left its group and still hold the pipes open.
      letGo = setTimeout(() => {
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
    const told = (): void => stop('was told to stop');
    signal.addEventListener('abort', told);
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(letGo);
      signal.removeEventListener('abort', told);
    };
    child.once('error', (error) => {
      settle();
      reject(new Error(`${program} could not be started (${error.message})`));
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

/** Asks, and insists; on Windows there is nothing to ask with. */
function endAll(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') return void endTree(pid);
  const send = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // All of them have ended.
    }
  };
  send('SIGTERM');
  const insist = setTimeout(() => send('SIGKILL'), PATIENCE_MS);
  child.once('close', () => {
    clearTimeout(insist);
    send('SIGKILL');
  });
}
