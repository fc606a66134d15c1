import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { systemCode } from '../errors.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { endTree } from './end-tree.ts';
import { startGuard } from './guard.ts';
import { type InputWait, relay } from './relay-stdin.ts';
import { startCommand } from './start-command.ts';
import { processTreeOf, RUN_MARK, type TreeProcess } from './tree.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What a child reads: our stdin, nothing, or our stdin relayed, with a limit for a silent one. */
export type ChildInput = 'ours' | 'none' | InputWait;

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: ChildEnvironment;
  readonly cwd: string;
  readonly input: ChildInput;
  /** A private folder of this run, removed with it even if we are killed. */
  readonly folder?: string | undefined;
  /**
   * Starts the child in its own process group, so that it can be signalled and reaped with everything it started. Not
   * for a child that reads the terminal, which must stay in the terminal's foreground group.
   */
  readonly ownGroup: boolean;
}

export interface Child {
  /** Exit code; 128 + n for a death by signal. Rejects if the program cannot be started. */
  readonly ended: Promise<number>;
  readonly running: () => boolean;
  signal(name: NodeJS.Signals): void;
  /**
   * Ends the processes that the child left behind.
   *
   * @param everything also those that left its process group.
   */
  reap(everything: boolean): Promise<void>;
}

/** How the machine ends processes; tests replace it. */
export interface ChildMachine {
  readonly platform: NodeJS.Platform;
  endTree(pid: number): Promise<void>;
}

const thisMachine: ChildMachine = { platform: process.platform, endTree };

/**
 * Starts a program on our own streams.
 *
 * @throws SHIM_UNKNOWN if Windows could start it only through a shell.
 */
export function startChild(options: ChildOptions, machine: ChildMachine = thisMachine): Child {
  const isWindows = machine.platform === 'win32';
  const ownGroup = options.ownGroup && !isWindows;
  const mark = randomUUID();
  const { program, args } = startCommand(options.program, options.args, machine);
  const child = spawn(program, [...args], {
    cwd: options.cwd,
    env: { ...options.env, [RUN_MARK]: mark },
    stdio: [typeof options.input === 'string' ? STDIN[options.input] : 'pipe', 'inherit', 'inherit'],
    detached: ownGroup,
  });
  if (typeof options.input !== 'string') relay(child, options.input);
  const processes = isWindows ? treeOf(child, machine) : familyIn(child, ownGroup, mark);
  // Remember its first child processes, such as the program behind a start script, in case the child ends early.
  const look = setTimeout(() => processes.look(), SETTLED_MS).unref();
  const guarded = { ownGroup, mark, folder: options.folder ?? '' };
  const stopGuard =
    child.pid === undefined
      ? async () => undefined
      : startGuard({ pid: child.pid, ...guarded }, machine.platform);
  let running = true;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      running = false;
      clearTimeout(look);
      void stopGuard();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      running = false;
      clearTimeout(look);
      void stopGuard();
      resolve(code ?? codeOf(signal));
    });
  });
  return {
    ended,
    running: () => running,
    signal: (name) => processes.signal(name, running),
    reap: async (everything) => {
      const guardStopped = stopGuard();
      await processes.reap(everything);
      await guardStopped;
    },
  };
}

/** A child and the processes it started, as far as the system can list them. */
interface Processes {
  /** Remembers the processes that run now. */
  look(): void;
  signal(name: NodeJS.Signals, running: boolean): void;
  reap(everything: boolean): Promise<void>;
}

function familyIn(child: ChildProcess, ownGroup: boolean, mark: string): Processes {
  const family = processTreeOf(child.pid ?? 0, mark);
  return {
    look: () => void family.members(),
    signal: (name, running) => {
      // Agents start their tools, and some agents start themselves again, in other process groups and sessions.
      const others = family
        .members()
        .filter(({ pid, group }) => pid !== child.pid && !(ownGroup && group === child.pid));
      if (ownGroup) signalGroup(child, name);
      else if (running) child.kill(name);
      signalAll(others, name);
    },
    reap: async (everything) => {
      const left = (): readonly TreeProcess[] => (everything ? family.members() : []);
      for (const name of ['SIGTERM', 'SIGKILL'] as const) {
        const isGroupLeft = ownGroup && signalGroup(child, name);
        if (!signalAll(left(), name) && !isGroupLeft) break;
        for (let i = 0; i < 6; i += 1) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          if (left().length === 0) break;
        }
      }
    },
  };
}

/** Windows has no signals: any signal ends the whole tree. After a normal exit, the child's processes are not known. */
function treeOf(child: ChildProcess, machine: ChildMachine): Processes {
  let ending: Promise<void> | undefined;
  return {
    look: () => undefined,
    signal: (_name, running) => {
      if (running && child.pid !== undefined) ending = machine.endTree(child.pid);
    },
    reap: async () => ending,
  };
}

/** @returns whether any of them was still running. */
function signalAll(family: readonly TreeProcess[], name: NodeJS.Signals): boolean {
  return family.map(({ pid }) => signalOne(pid, name)).includes(true);
}

/**
 * 128 + n (POSIX shells). Node reports a death by a real-time signal (34 to 64) as exit 0, so that one cannot be
 * passed on.
 */
function codeOf(signal: NodeJS.Signals | null): number {
  const number = signal === null ? undefined : constants.signals[signal];
  return number === undefined ? 1 : 128 + number;
}

const SETTLED_MS = 2000;
const STDIN = { ours: 'inherit', none: 'ignore' } as const;

/** @returns false if the group is empty. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): boolean {
  return child.pid !== undefined && signalOne(-child.pid, name);
}

/** @returns false if the process does not exist or is not ours. */
function signalOne(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH' || systemCode(error) === 'EPERM') return false;
    throw error;
  }
}
