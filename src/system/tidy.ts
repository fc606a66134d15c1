import { lstatSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { CodemieError, messageOf, systemCode } from './errors.ts';
import { isRunning, readableNamesIn, removeFolder } from './files.ts';
import type { Log } from './log.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

const [TRIES, PAUSE_MS] = [11, 200];

/**
 * Removes a folder that is no longer needed. Windows cannot remove a folder while a file in it is open, so removal is
 * retried for two seconds. A failure goes to the debug log and is not an error: the work before it succeeded.
 *
 * @returns why the folder is still there; undefined if it was removed.
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

/** A process id from another container that shares this folder means nothing here, but few runs last this long. */
const ABANDONED_MS = 7 * 86_400_000;

/**
 * @returns a new private folder for a run of this process, in the temporary folder.
 * @throws FILES_CLOSED (8) if that folder is missing or cannot be written.
 */
export function runFolder({ path: parent, variable }: TemporaryFolder): string {
  try {
    return mkdtempSync(join(parent, `codemie-${process.pid}-`));
  } catch (error) {
    throw new CodemieError({
      code: 'FILES_CLOSED',
      message: `The temporary folder ${parent} can't be used (${systemCode(error) ?? messageOf(error)}).`,
      ...(variable === undefined ? { hint: 'Make it writable.' } : { fix: `unset ${variable}` }),
      cause: error,
    });
  }
}

/** Removes folders that earlier runs left behind, if their process has ended and they are a week old. */
export function sweepRunFolders(parent: string): void {
  for (const name of readableNamesIn(parent)) {
    const pid = /^codemie-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      if (isAbandoned(join(parent, name))) removeFolder(join(parent, name));
    } catch {
      // Still in use: a later run tries again.
    }
  }
}

/** Skips folders of other users: the temporary folder is shared, and its owner could swap a link in during removal. */
function isAbandoned(path: string): boolean {
  const { uid, mtimeMs } = lstatSync(path);
  return (uid === process.getuid?.() || process.getuid === undefined) && Date.now() - mtimeMs > ABANDONED_MS;
}
