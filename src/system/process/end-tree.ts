import { execFile } from 'node:child_process';
import type { Env } from '../env.ts';
import { bareEnvironment } from './child-environment.ts';
import { windowsProgram } from './find-program.ts';

/** taskkill waits for each process it ends, and has been seen to hang. */
const LIMIT_MS = 5000;

/** How processes are ended; tests replace it. */
export interface Ending {
  /** Runs a program until it exits, whatever the exit code. */
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
      // It has already ended.
    }
  },
};

/**
 * Ends a process on Windows with everything it started. Windows has no process groups and no signals; descendants can
 * be found only through the root process, so it must still exist when taskkill looks.
 */
export async function endTree(
  pid: number,
  env: Env = process.env,
  { run, kill }: Ending = ending,
): Promise<void> {
  await run(windowsProgram('taskkill', env), ['/PID', `${pid}`, '/T', '/F']);
  kill(pid);
}
