import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import { removeFolder } from './files.ts';
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
