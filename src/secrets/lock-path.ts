import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { sha256 } from '../system/digest.ts';
import { ensurePrivateFolder } from '../system/files.ts';
import type { StoreName } from './store.ts';

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
