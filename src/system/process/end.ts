import { readdirSync, readlinkSync } from 'node:fs';

let hanging = 0;

/** Counts a call into a native library: nobody can break one off, and it may never come back. */
export async function countNativeCall<T>(call: Promise<T>): Promise<T> {
  hanging += 1;
  try {
    return await call;
  } finally {
    hanging -= 1;
  }
}

/** Of Node.js 22.15 and newer, and not on Windows. */
type Execve = (file: string, args: readonly string[], env: Readonly<Record<string, string>>) => never;

/** How long a native call has to come back once the service it waits for has been hung up on. */
const LAST_MS = 1000;

/**
 * Ends the process. Node waits at its end for native calls, for good where one hangs, and hears no signal during that time: then
 * another program takes the process over and ends it with the code. Where there is no such way out, the call is deprived of
 * its connection, and what still hangs is killed.
 */
export function endProcess(code: number): void {
  if (hanging === 0) process.exit(code);
  try {
    (process as unknown as { readonly execve?: Execve }).execve?.(
      '/bin/sh',
      ['sh', '-c', `exit ${code}`],
      {},
    );
  } catch {
    // There is no shell here.
  }
  // A lost connection makes the library of the message bus end its program that way.
  process.removeAllListeners('SIGTERM').on('SIGTERM', () => undefined);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_MS);
  setInterval(() => {
    if (hanging === 0) process.exit(code);
  }, 10);
  hangUp().catch(() => undefined);
}

/** Says goodbye on every socket of the process: nothing of ours is needed any more. */
async function hangUp(): Promise<void> {
  if (process.platform !== 'linux') return;
  const { Socket } = await import('node:net');
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    try {
      if (fd > 2 && readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:'))
        new Socket({ fd, readable: false, writable: true }).on('error', () => undefined).end();
    } catch {
      // Closed by now, or in Node's own hands.
    }
  }
}
