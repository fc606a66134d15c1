import { readdirSync, readlinkSync } from 'node:fs';

let hanging = 0;

/** Counts a call into a native library. Such a call cannot be cancelled and may never return. */
export async function countNativeCall<T>(call: Promise<T>): Promise<T> {
  hanging += 1;
  try {
    return await call;
  } finally {
    hanging -= 1;
  }
}

/** Available in Node.js 22.15 and later, not on Windows. */
type Execve = (file: string, args: readonly string[], env: Readonly<Record<string, string>>) => never;

const { execve } = process as unknown as { readonly execve?: Execve };

/** @returns whether `endProcess` keeps the exit code while a native call hangs. */
export function endsWithPendingCalls(): boolean {
  return execve !== undefined || process.platform === 'linux';
}

/** How long a native call may take to return after the connection to its service was closed. */
const LAST_MS = 1000;

/**
 * Ends the process. On exit, Node waits for native calls, forever if one hangs, and handles no signals until then. So
 * if a call is pending, exec a shell that exits with the code. Where exec is not available, close the connection the
 * call waits on, and kill the process if it still hangs.
 */
export function endProcess(code: number): void {
  if (hanging === 0) process.exit(code);
  try {
    execve?.('/bin/sh', ['sh', '-c', `exit ${code}`], {});
  } catch {
    // No shell here.
  }
  // When its connection is lost, the message bus library ends its program with SIGTERM.
  process.removeAllListeners('SIGTERM').on('SIGTERM', () => undefined);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_MS);
  setInterval(() => {
    if (hanging === 0) process.exit(code);
  }, 10);
  hangUp().catch(() => undefined);
}

/** Closes every socket of the process; none is needed any more. */
async function hangUp(): Promise<void> {
  if (process.platform !== 'linux') return;
  const { Socket } = await import('node:net');
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    try {
      if (fd > 2 && readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:'))
        new Socket({ fd, readable: false, writable: true }).on('error', () => undefined).end();
    } catch {
      // Already closed, or owned by Node itself.
    }
  }
}
