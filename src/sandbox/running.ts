import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, readTextIfAny, removeFile, writeFileAtomic } from '../system/files.ts';

/** A running sandbox as its state file describes it; one file per process, 0600, because it holds the control address. */
export interface RunningSandbox {
  readonly pid: number;
  readonly url: string;
  readonly controlUrl: string;
  readonly startedAt: string;
}

const folder = (home: string): string => join(home, 'sandbox');
const file = (home: string, pid: number): string => join(folder(home), `${pid}.json`);

export function rememberSandbox(home: string, running: RunningSandbox): void {
  writeFileAtomic(file(home, running.pid), `${JSON.stringify(running)}\n`);
}

export function forgetSandbox(home: string, pid: number): void {
  removeFile(file(home, pid));
  try {
    rmdirSync(folder(home));
  } catch {
    // Another sandbox still has its file there.
  }
}

/** @returns running sandboxes of this home, newest last; files of processes that died are removed. */
export function runningSandboxes(home: string): readonly RunningSandbox[] {
  const found: RunningSandbox[] = [];
  for (const name of listIfAny(folder(home))) {
    if (!/^\d+\.json$/.test(name)) continue;
    const running = parse(readTextIfAny(join(folder(home), name)));
    if (running === undefined) continue;
    if (isRunning(running.pid)) found.push(running);
    else forgetSandbox(home, running.pid);
  }
  return found.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}

function parse(text: string | undefined): RunningSandbox | undefined {
  try {
    return JSON.parse(text ?? '') as RunningSandbox;
  } catch {
    return undefined;
  }
}

function listIfAny(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
