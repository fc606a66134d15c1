import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodemieError, systemCode } from '../errors.ts';
import { isRunning, readableNamesIn, readTextIfAny, removeFile, writeStateFile } from '../files.ts';
import { objectIn } from '../json.ts';
import { hereabouts } from '../lock.ts';

/** A long-lived process of ours, as its state file describes it. */
export interface Running {
  readonly pid: number;
  readonly startedAt: string;
}

/** State files of one kind of process: one per process, 0600, in a folder that is gone when none runs there. */
export interface RunningSet<T extends Running> {
  remember(running: T): void;
  forget(pid: number): void;
  /** Of this machine and container, newest last; files of processes that died are removed. */
  list(): readonly T[];
}

export function runningSet<T extends Running>(folder: string): RunningSet<T> {
  const file = (pid: number): string => join(folder, `${pid}.json`);
  const forget = (pid: number): void => {
    removeFile(file(pid));
    try {
      rmdirSync(folder);
    } catch {
      // Another one still has its file there.
    }
  };
  return {
    remember: (running) => {
      const write = (): void =>
        writeStateFile(file(running.pid), `${JSON.stringify({ ...running, where: hereabouts() })}\n`);
      try {
        write();
      } catch (error) {
        // The last one that ended took the folder away at this moment.
        if (systemCode(error) !== 'ENOENT') throw error;
        write();
      }
    },
    forget,
    list: () => {
      const found: T[] = [];
      for (const name of readableNamesIn(folder)) {
        const state = /^\d+\.json$/.test(name) ? objectIn(readTextIfAny(join(folder, name))) : undefined;
        if (typeof state?.['pid'] !== 'number' || typeof state['startedAt'] !== 'string') continue;
        const { where = hereabouts(), ...running } = state as T & { readonly where?: string };
        // A process of another container cannot be seen from here, nor its address be reached.
        if (where !== hereabouts()) continue;
        if (isRunning(running.pid)) found.push(running as unknown as T);
        else forget(running.pid);
      }
      return found.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
    },
  };
}

/** `gone`: nobody or somebody else is at its address; `silent`: the address is open and nothing comes back. */
export type Presence = 'answers' | 'gone' | 'silent';

/** A process id says little: it may be a later program's. Only an answer shows that the process is still the one. */
export async function presenceOf(ask: () => Promise<{ readonly status: number }>): Promise<Presence> {
  try {
    return (await ask()).status === 200 ? 'answers' : 'gone';
  } catch (error) {
    const cause = error instanceof CodemieError ? error.cause : error;
    return systemCode(cause) === 'ECONNREFUSED' ? 'gone' : 'silent';
  }
}
