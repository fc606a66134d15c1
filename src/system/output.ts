import { execFile } from 'node:child_process';
import type { ChildEnvironment } from './child-environment.ts';

export interface OutputOptions {
  readonly env: ChildEnvironment;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Default 15 s. */
  readonly timeoutMs?: number;
  /** Put what it wrote on its error output into the error; only where it cannot be secret. */
  readonly tellErrors?: boolean;
}

const LIMIT_MS = 15_000;
const LONGEST = 1_048_576;

/**
 * Runs a helper program without a shell and answers what it printed, at most 1 MiB. Its error output is left out of
 * errors unless asked for: it may repeat what it was given.
 */
export function outputOf(
  program: string,
  args: readonly string[],
  { env, signal, cwd, timeoutMs = LIMIT_MS, tellErrors = false }: OutputOptions,
): Promise<string> {
  const place = cwd === undefined ? {} : { cwd };
  // A .cmd shim cannot be started without a shell on Windows.
  const shell = process.platform === 'win32' && program.endsWith('.cmd');
  const options = { env, signal, timeout: timeoutMs, maxBuffer: LONGEST, windowsHide: true, shell, ...place };
  return new Promise((resolve, reject) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const how = error.code === 'ENOENT' ? 'is not installed' : `failed (${error.code ?? error.signal})`;
      const words = tellErrors ? stderr.trim().split('\n').slice(-6).join(' ') : '';
      reject(new Error(`${program} ${how}${words === '' ? '' : `: ${words}`}`));
    });
  });
}
