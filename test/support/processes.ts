import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`process ${pid} never started: ${commandLine}`);
}

/** Words apart by spaces; nothing of one that has ended. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd();
  } catch {
    return '';
  }
}
