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

/** @returns everything a process started, and what that started. */
export function descendants(pid: number): number[] {
  const listing = spawnSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
  const pairs = listing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found: number[] = [];
  for (let wave = [pid]; wave.length > 0; ) {
    wave = pairs.filter(([, parent]) => wave.includes(parent ?? 0)).map(([child]) => child ?? 0);
    found.push(...wave);
  }
  return found;
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

/** @returns every process that was started with this line in its environment (`NAME=value`), whoever its parent is by now. */
export function startedWith(line: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(`/proc/${name}/environ`).split('\0').includes(line))
    .map(Number)
    .filter(isAlive);
}

/** Words apart by spaces; nothing of one that has ended. */
function commandLineOf(pid: number): string {
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
