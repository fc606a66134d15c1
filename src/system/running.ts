import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, readTextIfAny, removeFile, writeFileAtomic } from './files.ts';

/** A long-lived process of ours, as its state file describes it. */
export interface Running {
  readonly pid: number;
  readonly startedAt: string;
}

/** State files of one kind of process: one per process, 0600, in a folder that is gone when none runs. */
export interface RunningSet<T extends Running> {
  remember(running: T): void;
  forget(pid: number): void;
  /** Newest last; files of processes that died are removed. */
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
    remember: (running) => writeFileAtomic(file(running.pid), `${JSON.stringify(running)}\n`),
    forget,
    list: () => {
      const found: T[] = [];
      for (const name of namesIn(folder)) {
        const running = /^\d+\.json$/.test(name) ? parse<T>(readTextIfAny(join(folder, name))) : undefined;
        if (running === undefined) continue;
        if (isRunning(running.pid)) found.push(running);
        else forget(running.pid);
      }
      return found.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
    },
  };
}

function parse<T>(text: string | undefined): T | undefined {
  try {
    return JSON.parse(text ?? '') as T;
  } catch {
    return undefined;
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
