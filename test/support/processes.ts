import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** @returns whether a process runs; false for a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return stateOf(pid) !== 'Z';
  } catch {
    return false;
  }
}

/** The command name before the state, in brackets, may contain anything. */
function stateOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.charAt(0);
}

/** Prints a list of processes for `linesBelow`. For scripts: a test reads only the processes it started. */
export const LIST_PROCESSES = 'ps -ww -eo pid=,ppid=,args=';

/** @returns the ids of all descendants of a process. */
export function descendants(pid: number): number[] {
  const listing = spawnSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
  return below(listing, pid).map(([child]) => child);
}

/** @returns the command lines of a process and its descendants in a list. */
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

/** Waits until a descendant of `pid` runs this command line. @returns its id. */
export async function startedBelow(pid: number, commandLine: string, seconds = 60): Promise<number> {
  for (const until = Date.now() + seconds * 1000; isAlive(pid) && Date.now() < until; ) {
    const found = descendants(pid).find((own) => commandLineOf(own) === commandLine);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`process ${pid} never started: ${commandLine}`);
}

/** A variable that marks everything that one run started, whatever its parent is now. */
export const RUN_VARIABLE = 'TEST_RUN_ID';

/** @returns every process with this ID in its environment. Use a unique ID for each run. */
export function startedByRun(id: string): number[] {
  const mark = `${RUN_VARIABLE}=${id}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(`/proc/${name}/environ`).split('\0').includes(mark))
    .map(Number)
    .filter(isAlive);
}

/** Words separated by spaces; empty for a process that has ended. */
export function commandLineOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trimEnd();
}

/** Empty for a process that has ended or belongs to another user. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
