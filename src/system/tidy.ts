import { lstatSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import { isRunning, readableNamesIn, removeFolder } from './files.ts';
import type { Log } from './log.ts';

const [TRIES, PAUSE_MS] = [11, 200];

/**
 * Removes a folder that nobody needs any more. Something may still be open in it, which Windows does not let go: it is tried for
 * two seconds and then left. That is told to the debug log and never an error: what was done before counts.
 *
 * @returns why it is still there; undefined when it is gone.
 */
export async function tidyFolder(
  path: string,
  { clock, log }: { readonly clock: Pick<Clock, 'sleep'>; readonly log: Log },
  remove: (path: string) => void = removeFolder,
): Promise<string | undefined> {
  for (let left = TRIES; ; ) {
    try {
      remove(path);
      return undefined;
    } catch (error) {
      left -= 1;
      if (left === 0) {
        const reason = messageOf(error);
        log.debug('left behind', { path, reason });
        return reason;
      }
    }
    await clock.sleep(PAUSE_MS);
  }
}

/** A process id means nothing in another container with the same folder, but hardly any run lasts for so long there. */
const FORGOTTEN_MS = 7 * 86_400_000;

/** @returns a new private folder of a run of this process, in the folder for temporary files. */
export function runFolder(parent: string): string {
  return mkdtempSync(join(parent, `codemie-${process.pid}-`));
}

/** Removes what earlier runs had to leave there: their process is gone, and nobody changed them for a week. */
export function sweepRunFolders(parent: string): void {
  for (const name of readableNamesIn(parent)) {
    const pid = /^codemie-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      if (isForgotten(join(parent, name))) removeFolder(join(parent, name));
    } catch {
      // It is still in use: a later run tries again.
    }
  }
}

/** Somebody else's could lead us astray while it is emptied: the folder for temporary files is everybody's. */
function isForgotten(path: string): boolean {
  const { uid, mtimeMs } = lstatSync(path);
  return (uid === process.getuid?.() || process.getuid === undefined) && Date.now() - mtimeMs > FORGOTTEN_MS;
}
