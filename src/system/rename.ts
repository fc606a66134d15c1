import { renameSync } from 'node:fs';
import { CodemieError, systemCode } from './errors.ts';

/** Windows error codes for a file that another program has open: another codemie, a virus scanner, an indexer. */
const IN_USE = ['EPERM', 'EACCES', 'EBUSY'];
/** Such programs finish within moments. Losing the file would lose a token that was just refreshed, so wait long. */
const LIMIT_MS = 10_000;
const [SHORTEST_MS, LONGEST_MS] = [5, 50];

/** The rename and the wait; tests replace them. */
export interface Renaming {
  readonly platform: NodeJS.Platform;
  rename(from: string, to: string): void;
  wait(ms: number): void;
}

const renaming: Renaming = { platform: process.platform, rename: renameSync, wait: waitHere };

/**
 * Renames a file or a folder, replacing an existing file. On Windows it retries while another program has the file
 * open.
 *
 * @throws FILE_IN_USE (8) after ten seconds of retries; otherwise the system error.
 */
export function renameFile(from: string, to: string, { platform, rename, wait }: Renaming = renaming): void {
  for (let waited = 0, pause = SHORTEST_MS; ; pause = Math.min(2 * pause, LONGEST_MS)) {
    try {
      return rename(from, to);
    } catch (error) {
      if (platform !== 'win32' || !IN_USE.includes(systemCode(error) ?? '')) throw error;
      if (waited >= LIMIT_MS) throw inUse(to, error);
    }
    wait(pause);
    waited += pause;
  }
}

/** Blocks the thread: no other code of this process may run before the file is in place. */
function waitHere(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function inUse(path: string, cause: unknown): CodemieError {
  return new CodemieError({
    code: 'FILE_IN_USE',
    message: `Couldn't replace ${path}: another program is using it (${systemCode(cause)}).`,
    hint: 'Close that program and try again.',
    cause,
  });
}
