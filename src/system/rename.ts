import { renameSync } from 'node:fs';
import { CodemieError, systemCode } from './errors.ts';

/** What Windows answers while another program has the file open: another codemie that reads it, a scanner, an indexer. */
const IN_USE = ['EPERM', 'EACCES', 'EBUSY'];
/** Such programs are done within moments. A token that was just renewed is lost with the file, so the wait is long. */
const LIMIT_MS = 10_000;
const [SHORTEST_MS, LONGEST_MS] = [5, 50];

/** How it is renamed and waited; tests give another way. */
export interface Renaming {
  readonly platform: NodeJS.Platform;
  rename(from: string, to: string): void;
  wait(ms: number): void;
}

const renaming: Renaming = { platform: process.platform, rename: renameSync, wait: waitHere };

/**
 * Renames a file or a folder, over a file that is there. On Windows it is tried again while another program has it open.
 *
 * @throws FILE_IN_USE (8) when that lasts for ten seconds; elsewhere and else the system's error.
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

/** A file is written in one go: nothing else of this program happens before it is there. */
function waitHere(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function inUse(path: string, cause: unknown): CodemieError {
  return new CodemieError({
    code: 'FILE_IN_USE',
    message: `${path} is in use by another program (${systemCode(cause)}), so it could not be replaced.`,
    hint: 'Close the program that has it open, and try again',
    cause,
  });
}
