import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import type { StoreName } from '../../secrets/store.ts';
import { sha256 } from '../../system/digest.ts';
import { isErrorCode } from '../../system/error-codes.ts';
import { type Advice, CodemieError } from '../../system/errors.ts';
import { ensurePrivateFolder, readTextIfAny, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';

type Place = Pick<Context, 'env' | 'home' | 'userHome'>;

/** The lock is named after the credential, so that it covers one credential, not a folder (S28). */
export function lockPath(place: Place, store: StoreName, id: string): string {
  const name = `${sha256(id).slice(0, 32)}.lock`;
  // A file store belongs to one configuration folder. The keychain is shared by all of your configuration folders.
  return join(store === 'keychain' ? sharedFolder(place) : place.home, 'locks', name);
}

/** The folder where all of your processes find the same lock, whatever CODEMIE_HOME is. */
function sharedFolder({ env, home, userHome }: Place): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && isOwnFolder(runtime)) return join(runtime, 'codemie');
  const shared = join(userHome, '.codemie');
  try {
    ensurePrivateFolder(join(shared, 'locks'));
    return shared;
  } catch {
    // The home folder is read-only, as in some containers.
    return home;
  }
}

/** XDG_RUNTIME_DIR may be left over from another session: the folder may be gone or belong to another user. */
function isOwnFolder(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid());
  } catch {
    return false;
  }
}

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
