import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** @returns whether a process runs; one that ended and that nobody has waited for yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return stateOf(pid) !== 'Z';
  } catch {
    return false;
  }
}

/** The command's name stands in brackets before the state and may hold anything. */
function stateOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.charAt(0);
}

/** Writes a listing that `linesBelow` reads. For scripts: a test reads no more of it than what it started. */
export const LIST_PROCESSES = 'ps -ww -eo pid=,ppid=,args=';

/** @returns everything a process started, and what that started. */
export function descendants(pid: number): number[] {
  const listing = spawnSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
  return below(listing, pid).map(([child]) => child);
}

/** @returns the command lines in a listing of what a process started, and of that process itself. */
export function linesBelow(listing: string, pid: number): string[] {
  return below(listing, pid, true).map(([, line]) => line);
}

function below(listing: string, pid: number, itself = false): [number, string][] {
  const all = [...listing.matchAll(/^ *(\d+) +(\d+) ?(.*)$/gm)].map(([, child, parent, line = '']) => ({
    child: Number(child),
    parent: Number(parent),
    line,
  }));
  const found = itself ? all.filter(({ child }) => child === pid) : [];
  for (let wave = [pid]; wave.length > 0; ) {
    const next = all.filter(({ parent }) => wave.includes(parent));
    found.push(...next);
    wave = next.map(({ child }) => child);
  }
  return found.map(({ child, line }) => [child, line]);
}

/** Waits until a process below `pid`, however deep, runs this command line. @returns its id. */
export async function startedBelow(pid: number, commandLine: string, seconds = 60): Promise<number> {
  for (const until = Date.now() + seconds * 1000; isAlive(pid) && Date.now() < until; ) {
    const found = descendants(pid).find((own) => commandLineOf(own) === commandLine);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`process ${pid} never started: ${commandLine}`);
}

/** A variable that marks everything one run started, whoever its parent is by now. */
export const RUN_VARIABLE = 'TEST_RUN_ID';

/** @returns every process with this id in its environment. Give each run an id nobody else has. */
export function startedByRun(id: string): number[] {
  const mark = `${RUN_VARIABLE}=${id}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(`/proc/${name}/environ`).split('\0').includes(mark))
    .map(Number)
    .filter(isAlive);
}

/** Words apart by spaces; nothing of one that has ended. */
export function commandLineOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trimEnd();
}

/** Nothing of a process that has ended, or that is somebody else's. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
