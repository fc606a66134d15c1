import { execFile } from 'node:child_process';

export interface OutputOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const LIMIT_MS = 15_000;
const LONGEST = 1_048_576;

/**
 * Runs a helper program without a shell and answers what it printed; at most 15 s and 1 MiB. Its error output is left out
 * of errors: it may repeat what it was given.
 */
export function outputOf(
  program: string,
  args: readonly string[],
  { env, signal }: OutputOptions,
): Promise<string> {
  const options = { env, signal, timeout: LIMIT_MS, maxBuffer: LONGEST, windowsHide: true };
  return new Promise((resolve, reject) => {
    execFile(program, [...args], options, (error, stdout) => {
      if (error === null) return resolve(stdout);
      const code = error.code === 'ENOENT' ? 'is not installed' : `failed (${error.code ?? error.signal})`;
      reject(new Error(`${program} ${code}`));
    });
  });
}
