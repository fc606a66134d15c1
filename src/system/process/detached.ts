import { spawn } from 'node:child_process';
import type { Env } from '../env.ts';
import { isErrorCode } from '../error-codes.ts';
import { CodemieError } from '../errors.ts';
import { objectIn } from '../json.ts';

/** The line of JSON that a program printed when it was ready, as text and as an object. */
export interface Ready {
  readonly line: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Starts this program in the background and waits for the one line it prints when it is ready.
 *
 * @throws BACKGROUND_FAILED if it ends or stays silent for `timeoutMs`; the error that it prints, if any.
 */
export async function spawnDetached(args: readonly string[], env: Env, timeoutMs: number): Promise<Ready> {
  const program = process.argv[1] ?? '';
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const line = await new Promise<string | undefined>((resolve) => {
    let text = '';
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    const done = (value: string | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) done(text.split('\n')[0]);
    });
    void ended.then(() => setTimeout(() => done(text === '' ? undefined : text.trim()), 50));
  });
  const value = objectIn(line);
  if (line !== undefined && value !== undefined && value['error'] === undefined) {
    child.stdout.destroy();
    child.unref();
    return { line, value };
  }
  if (value === undefined) child.kill();
  else await ended;
  throw failure(value?.['error']);
}

function failure(printed: unknown): CodemieError {
  const { code, message, hint, fix } = (printed ?? {}) as {
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
    readonly fix?: readonly string[];
  };
  if (!isErrorCode(code) || message === undefined) {
    return new CodemieError({
      code: 'BACKGROUND_FAILED',
      message: "The background process didn't start.",
      hint: 'Run it without --detach to see why.',
    });
  }
  return new CodemieError({ code, message, fix: fix?.[0], hint: hint === fix?.[0] ? undefined : hint });
}
