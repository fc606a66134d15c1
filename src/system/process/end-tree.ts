import { execFile } from 'node:child_process';
import type { Env } from '../env.ts';
import { bareEnvironment } from './child-environment.ts';
import { windowsProgram } from './find-program.ts';

/** taskkill waits for every process it ends, and has been seen to wait for good. */
const LIMIT_MS = 5000;

/** How processes are ended; tests give another way. */
export interface Ending {
  /** Runs a program to its end, whatever that is. */
  run(program: string, args: readonly string[]): Promise<void>;
  /** Ends one process. */
  kill(pid: number): void;
}

const ending: Ending = {
  run: (program, args) =>
    new Promise((resolve) => {
      const env = bareEnvironment({ SystemRoot: process.env['SystemRoot'] });
      execFile(program, [...args], { env, timeout: LIMIT_MS, windowsHide: true }, () => resolve());
    }),
  kill: (pid) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  },
};

/**
 * Ends a process on Windows with everything it started. Windows knows no groups and no signals, and who started what is
 * known through the first one only: it must still be there when taskkill looks.
 */
export async function endTree(
  pid: number,
  env: Env = process.env,
  { run, kill }: Ending = ending,
): Promise<void> {
  await run(windowsProgram('taskkill', env), ['/PID', `${pid}`, '/T', '/F']);
  kill(pid);
}
