import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import type { StoreName } from '../../secrets/store.ts';
import { sha256 } from '../../system/digest.ts';
import { isErrorCode } from '../../system/error-codes.ts';
import { CodemieError } from '../../system/errors.ts';
import { ensurePrivateFolder, readTextIfAny, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { withLock } from '../../system/lock.ts';

type Place = Pick<Context, 'env' | 'home' | 'userHome'>;

/** The lock is named by the credential, so that its scope is that of the credential and not of a folder (S28). */
export function lockPath(place: Place, store: StoreName, id: string): string {
  const name = `${sha256(id).slice(0, 32)}.lock`;
  // A file store belongs to its configuration folder; a keychain is shared by all of the person's.
  return join(store === 'keychain' ? sharedFolder(place) : place.home, 'locks', name);
}

/** Where every process of this person finds the same lock, whatever CODEMIE_HOME says. */
function sharedFolder({ env, home, userHome }: Place): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && isFolderOfOurs(runtime)) return join(runtime, 'codemie');
  const shared = join(userHome, '.codemie');
  try {
    ensurePrivateFolder(join(shared, 'locks'));
    return shared;
  } catch {
    // A home folder that cannot be written, as in some containers.
    return home;
  }
}

/** A variable that survived the session it was set in names nothing, or somebody else's folder. */
function isFolderOfOurs(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid());
  } catch {
    return false;
  }
}

/**
 * Renews under the credential's lock. When the process that held it could not reach the server, those that waited get its
 * error at once, instead of each waiting for the same server in turn.
 *
 * @throws what `work` throws, or what it threw in the process that held the lock.
 */
export async function renewAlone<T>(
  context: Context,
  store: StoreName,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const path = lockPath(context, store, id);
  const learnt = `${path}.unreachable`;
  const began = context.clock.now();
  const options = {
    clock: context.clock,
    signal: context.signal,
    onWait: () => context.terminal.say('Another codemie process is renewing the credential; waiting for it.'),
  };
  return withLock(path, options, async () => {
    const failure = failureSince(learnt, began);
    if (failure !== undefined) throw failure;
    try {
      return await work();
    } catch (error) {
      if (error instanceof CodemieError && error.exit === 'unreachable') note(learnt, error, context);
      throw error;
    }
  });
}

function note(path: string, { code, message, hint }: CodemieError, { clock }: Context): void {
  try {
    writeFileAtomic(path, JSON.stringify({ at: clock.now(), code, message, hint }));
  } catch {
    // Then each process finds out for itself.
  }
}

/** @returns the error of a process that held the lock while this one waited. */
function failureSince(path: string, began: number): CodemieError | undefined {
  const { at, code, message, hint } = objectIn(readTextIfAny(path)) ?? {};
  if (typeof at !== 'number' || at <= began || !isErrorCode(code) || typeof message !== 'string')
    return undefined;
  return new CodemieError({ code, message, hint: typeof hint === 'string' ? hint : undefined });
}
