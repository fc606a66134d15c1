import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Waits until no other test process holds this file; the returned function ends the turn. */
export function takeTurn(lock: string): () => void {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch {
      if (!isAlive(holderOf(lock))) rmSync(lock, { force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    }
  }
}

function holderOf(lock: string): number {
  try {
    // A lock that was just created has no number in it yet.
    return Number(readFileSync(lock, 'utf8') || process.pid);
  } catch {
    return process.pid;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
