import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { systemCode } from './errors.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * What a child reads: our input, nothing, or `brief`: what arrives on our input, which counts as ended when it stays
 * silent for a second from the start (a pipe that somebody left open and never writes to).
 */
export type ChildInput = 'ours' | 'none' | 'brief';

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input: ChildInput;
  /** A private folder of this run, to be gone with it even when we are killed. */
  readonly folder?: string | undefined;
  /**
   * Put it into a process group of its own, so that it can be signalled and reaped with everything it started. Not for
   * a child that reads the terminal, which must stay in the terminal's foreground group.
   */
  readonly ownGroup: boolean;
}

export interface Child {
  /** Exit code, 128 + n for a death by signal. Rejects when the program cannot be started. */
  readonly ended: Promise<number>;
  readonly running: () => boolean;
  signal(name: NodeJS.Signals): void;
  /** Ends what the child left behind in its group. */
  reap(): Promise<void>;
}

/** Starts a program on our own streams. */
export function startChild(options: ChildOptions): Child {
  const ownGroup = options.ownGroup && process.platform !== 'win32';
  const child = spawn(options.program, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: [STDIN[options.input], 'inherit', 'inherit'],
    detached: ownGroup,
    // A .cmd shim cannot be started without a shell on Windows.
    shell: process.platform === 'win32' && options.program.endsWith('.cmd'),
  });
  if (options.input === 'brief') relay(child);
  const relieve = standGuard(child, ownGroup, options.folder);
  let running = true;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      running = false;
      void relieve();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      running = false;
      void relieve();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  return {
    ended,
    running: () => running,
    signal: (name) => {
      if (ownGroup) signalGroup(child, name);
      else if (running) child.kill(name);
    },
    reap: async () => {
      await relieve();
      if (!ownGroup) return;
      for (const name of ['SIGTERM', 'SIGKILL'] as const) {
        if (!signalGroup(child, name)) return;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    },
  };
}

const STDIN = { ours: 'inherit', none: 'ignore', brief: 'pipe' } as const;
const SILENCE_MS = 1000;

function relay({ stdin: target }: ChildProcess): void {
  if (target === null) return;
  const { stdin } = process;
  const timer = setTimeout(() => {
    stdin.unpipe(target);
    stdin.destroy();
    target.end();
  }, SILENCE_MS);
  for (const event of ['data', 'end'] as const) stdin.once(event, () => clearTimeout(timer));
  // A child that ends without reading all of it closes its side first.
  target.on('error', () => stdin.destroy());
  stdin.on('error', () => target.end());
  stdin.pipe(target);
}

/**
 * Ends the child when we die without a chance to (SIGKILL, a crash): a shell waits for the end of a pipe that only we hold
 * open. The child would otherwise live on, talking to a port where nobody listens any more.
 *
 * @returns takes the guard away, once the child has ended by itself; resolves when nothing of it is left.
 */
function standGuard({ pid }: ChildProcess, ownGroup: boolean, folder = ''): () => Promise<void> {
  if (pid === undefined || process.platform === 'win32') return async () => undefined;
  const target = ownGroup ? `-${pid}` : `${pid}`;
  const script = 'read -r _; kill -TERM "$0"; [ -z "$1" ] || /bin/rm -rf "$1"; /bin/sleep 3; kill -KILL "$0"';
  const guard = spawn('/bin/sh', ['-c', script, target, folder], {
    // Apart from our group, which may be what is being killed.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  // Waited for: who looks after our end must not find it still listed.
  const gone = new Promise<void>((resolve) => {
    guard.once('error', () => resolve());
    guard.once('exit', () => resolve());
  });
  guard.stdin.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return () => {
    guard.ref();
    guard.kill('SIGKILL');
    return gone;
  };
}

/** @returns false when nobody is left in the group. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, name);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH' || systemCode(error) === 'EPERM') return false;
    throw error;
  }
}
