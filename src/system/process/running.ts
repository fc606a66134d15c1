import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodemieError, systemCode } from '../errors.ts';
import { isRunning, readableNamesIn, readTextIfAny, removeFile, writeStateFile } from '../files.ts';
import { objectIn } from '../json.ts';
import { hereabouts } from '../lock.ts';

/** One of our long-lived processes, as described by its state file. */
export interface Running {
  readonly pid: number;
  readonly startedAt: string;
}

/** State files of one kind of process: one file per process, 0600, in a folder that is removed when it is empty. */
export interface RunningSet<T extends Running> {
  remember(running: T): void;
  forget(pid: number): void;
  /** The processes of this machine and container, newest last. Removes the files of dead processes. */
  list(): readonly T[];
}

export function runningSet<T extends Running>(folder: string): RunningSet<T> {
  const file = (pid: number): string => join(folder, `${pid}.json`);
  const forget = (pid: number): void => {
    removeFile(file(pid));
    try {
      rmdirSync(folder);
    } catch {
      // Another process still has its file there.
    }
  };
  return {
    remember: (running) => {
      const write = (): void =>
        writeStateFile(file(running.pid), `${JSON.stringify({ ...running, where: hereabouts() })}\n`);
      try {
        write();
      } catch (error) {
        // The last process to end removed the folder at this moment.
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
        // A process in another container is not visible from here, and its address is not reachable.
        if (where !== hereabouts()) continue;
        if (isRunning(running.pid)) found.push(running as unknown as T);
        else forget(running.pid);
      }
      return found.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
    },
  };
}

/** `gone`: nothing, or something else, is at its address; `silent`: the address is open but does not answer. */
export type Presence = 'answers' | 'gone' | 'silent';

/** A process id proves little: a later program may have it. Only an answer proves that it is the same process. */
export async function presenceOf(ask: () => Promise<{ readonly status: number }>): Promise<Presence> {
  try {
    return (await ask()).status === 200 ? 'answers' : 'gone';
  } catch (error) {
    const cause = error instanceof CodemieError ? error.cause : error;
    return systemCode(cause) === 'ECONNREFUSED' ? 'gone' : 'silent';
  }
}
