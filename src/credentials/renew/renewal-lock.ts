import type { Context } from '../../context.ts';
import { lockPath } from '../../secrets/lock-path.ts';
import type { StoreName } from '../../secrets/store.ts';
import { isErrorCode } from '../../system/error-codes.ts';
import { type Advice, CodemieError } from '../../system/errors.ts';
import { readTextIfAny, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';

/**
 * Runs `work` while holding the credential's lock. If the process that held the lock before could not reach the server, the
 * processes that waited get its error at once, instead of each trying the same server in turn.
 *
 * @throws what `work` throws, or what it threw in the process that held the lock before.
 */
export async function renewAlone<T>(
  context: Context,
  store: StoreName,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const path = lockPath(context, store, id);
  const failurePath = `${path}.unreachable`;
  const began = context.clock.now();
  const options = {
    clock: context.clock,
    signal: context.signal,
    onWait: () => context.terminal.say('Another codemie process is refreshing your sign-in. Waiting for it…'),
  };
  return withLock(path, options, async () => {
    const failure = failureSince(failurePath, began);
    if (failure !== undefined) throw failure;
    try {
      return await work();
    } catch (error) {
      if (error instanceof CodemieError && error.exit === 'unreachable') note(failurePath, error, context);
      throw error;
    }
  });
}

function note(path: string, { code, message, fix, hint }: CodemieError, { clock }: Context): void {
  try {
    writeFileAtomic(path, JSON.stringify({ at: clock.now(), code, message, fix, hint }));
  } catch {
    // Then each process tries the server itself.
  }
}

/** @returns the error of the process that held the lock while this one waited, if any. */
function failureSince(path: string, began: number): CodemieError | undefined {
  const { at, code, message, ...advice } = objectIn(readTextIfAny(path)) ?? {};
  if (typeof at !== 'number' || at <= began || !isErrorCode(code) || typeof message !== 'string')
    return undefined;
  const text = (name: keyof Advice): string | undefined =>
    typeof advice[name] === 'string' ? advice[name] : undefined;
  return new CodemieError({ code, message, fix: text('fix'), hint: text('hint') });
}
