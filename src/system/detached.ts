import { spawn } from 'node:child_process';
import { CodemieError } from './errors.ts';

/**
 * Starts this same program in the background and waits for the one line it prints when it is ready.
 *
 * @throws BACKGROUND_FAILED when it ends or stays silent for `timeoutMs`.
 */
export async function spawnDetached(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<string> {
  const program = process.argv[1] ?? '';
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
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
    child.once('error', () => done(undefined));
    child.once('exit', () => setTimeout(() => done(text === '' ? undefined : text.trim()), 50));
  });
  child.stdout.destroy();
  child.unref();
  if (line !== undefined) return line;
  child.kill();
  throw new CodemieError({
    code: 'BACKGROUND_FAILED',
    message: 'The background process did not become ready.',
    hint: 'Run it without --detach to see why.',
    exit: 'failed',
  });
}
