import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { bareEnvironment, type ChildEnvironment } from './child-environment.ts';
import { systemCode } from './errors.ts';
import { familyOf, type Relative, RUN_MARK } from './family.ts';
import { type InputWait, relay } from './relay.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What a child reads: our input, nothing, or what arrives on our input, with a wait for a silent one. */
export type ChildInput = 'ours' | 'none' | InputWait;

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: ChildEnvironment;
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
  /**
   * Ends what the child left behind.
   *
   * @param everything not only in its group, but wherever its processes went.
   */
  reap(everything: boolean): Promise<void>;
}

/** Starts a program on our own streams. */
export function startChild(options: ChildOptions): Child {
  const ownGroup = options.ownGroup && process.platform !== 'win32';
  const mark = randomUUID();
  const child = spawn(options.program, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env, [RUN_MARK]: mark },
    stdio: [typeof options.input === 'string' ? STDIN[options.input] : 'pipe', 'inherit', 'inherit'],
    detached: ownGroup,
    // A .cmd shim cannot be started without a shell on Windows.
    shell: process.platform === 'win32' && options.program.endsWith('.cmd'),
  });
  if (typeof options.input !== 'string') relay(child, options.input);
  const family = familyOf(child.pid ?? 0, mark);
  // Those it starts first, such as the program behind its start script, are known even when it ends before them.
  const look = setTimeout(() => family.members(), SETTLED_MS).unref();
  const relieve = standGuard(child, { ownGroup, mark, folder: options.folder ?? '' });
  let running = true;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      running = false;
      clearTimeout(look);
      void relieve();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      running = false;
      clearTimeout(look);
      void relieve();
      resolve(code ?? codeOf(signal));
    });
  });
  return {
    ended,
    running: () => running,
    signal: (name) => {
      // Agents start their tools, and some of them themselves once more, in groups and sessions of their own.
      const others = family
        .members()
        .filter(({ pid, group }) => pid !== child.pid && !(ownGroup && group === child.pid));
      if (ownGroup) signalGroup(child, name);
      else if (running) child.kill(name);
      signalAll(others, name);
    },
    reap: async (everything) => {
      const relieved = relieve();
      const left = (): readonly Relative[] => (everything ? family.members() : []);
      for (const name of ['SIGTERM', 'SIGKILL'] as const) {
        const isGroupLeft = ownGroup && signalGroup(child, name);
        if (!signalAll(left(), name) && !isGroupLeft) break;
        for (let i = 0; i < 6; i += 1) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          if (left().length === 0) break;
        }
      }
      await relieved;
    },
  };
}

/** @returns whether any of them was still there. */
function signalAll(family: readonly Relative[], name: NodeJS.Signals): boolean {
  return family.map(({ pid }) => signalOne(pid, name)).includes(true);
}

/** 128 + n (POSIX shells). Node tells a death by a real-time signal (34 to 64) as exit 0, so that one cannot be passed on. */
function codeOf(signal: NodeJS.Signals | null): number {
  const number = signal === null ? undefined : constants.signals[signal];
  return number === undefined ? 1 : 128 + number;
}

const SETTLED_MS = 2000;
const STDIN = { ours: 'inherit', none: 'ignore' } as const;

/**
 * Ends the child when we die without a chance to (SIGKILL, a crash): a shell waits for the end of a pipe that only we hold
 * open. The child would otherwise live on, talking to a port where nobody listens any more.
 *
 * @returns takes the guard away, once the child has ended by itself; resolves when nothing of it is left.
 */
function standGuard(
  { pid }: ChildProcess,
  { ownGroup, mark, folder }: { readonly ownGroup: boolean; readonly mark: string; readonly folder: string },
): () => Promise<void> {
  if (pid === undefined || process.platform === 'win32') return async () => undefined;
  const target = ownGroup ? `-${pid}` : `${pid}`;
  const guard = spawn('/bin/sh', ['-c', GUARD, target, folder, `${RUN_MARK}=${mark}`], {
    // Apart from our group, which may be what is being killed.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: bareEnvironment('/usr/bin:/bin'),
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

/** Its words: the child or its group, the folder of the run, the mark of its processes. Descent is taken before the first ends. */
const GUARD = `target=$0 folder=$1 mark=$2
look() {
  family=" \${target#-} " more=yes
  while [ -n "$more" ]; do
    more=
    for file in /proc/[0-9]*/stat; do
      { read -r line < "$file"; } 2>/dev/null || continue
      pid=\${line%% *}
      set -- \${line##*) }
      case $family in *" $pid "*) continue ;; esac
      case $family in *" $2 "*) family="$family$pid " more=yes ;; esac
    done
  done
}
finish() {
  kill -s "$1" -- "$target" $family
  for file in /proc/[0-9]*/environ; do
    grep -qzxF "$mark" "$file" || continue
    pid=\${file#/proc/}
    kill -s "$1" "\${pid%/environ}"
  done
}
read -r _
look
finish TERM
[ -z "$folder" ] || rm -rf "$folder"
sleep 3
finish KILL`;

/** @returns false when nobody is left in the group. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): boolean {
  return child.pid !== undefined && signalOne(-child.pid, name);
}

/** @returns false when there is nobody of that id, or nobody of ours. */
function signalOne(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH' || systemCode(error) === 'EPERM') return false;
    throw error;
  }
}
