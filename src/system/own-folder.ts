import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CodemieError, systemCode } from './errors.ts';

/**
 * Checks the folder of settings and keys before anything in it is trusted. If others may write to our folder,
 * its mode is tightened (0700), unless another user has already put files in it. The superuser may use the folder of
 * the user who invoked it.
 *
 * @returns a sentence about what was repaired.
 * @throws HOME_SHARED (9) if another user can write to the folder, or owns a file in it.
 */
export function requireOwnFolder(path: string, uid = process.getuid?.()): string | undefined {
  const stat = uid === undefined ? undefined : folderAt(path);
  if (stat === undefined || uid === undefined) return undefined;
  const isOpen = (stat.mode & 0o022) !== 0;
  if (stat.uid !== uid && uid !== 0 && (isOpen || stat.uid !== 0))
    throw shared(path, isOpen ? 'other users can write to it' : 'it belongs to another user');
  if (!isOpen) return undefined;
  // Folders such as /tmp are meant to be shared.
  if ((stat.mode & 0o1000) !== 0) throw shared(path, 'it is shared by all users');
  const planted = readdirSync(path).find((name) => {
    // Another command may remove a lock or a temporary file at this moment.
    const entry = lstatSync(join(path, name), { throwIfNoEntry: false });
    return entry !== undefined && ![uid, stat.uid, 0].includes(entry.uid);
  });
  if (planted !== undefined) throw shared(path, `other users could write to it, and ${planted} is not yours`);
  chmodSync(path, 0o700);
  return `warning: other users of this computer could write to ${path}. Fixed: only you can now (0700).`;
}

/**
 * Checks a file that decides whom we trust before it is read. Another user may have put it there when the folder was
 * still open to others. A file that others may read becomes private (0600).
 *
 * @throws HOME_SHARED (9) if another user owns it.
 */
export function requireOwnFile(path: string, uid = process.getuid?.()): void {
  const stat = uid === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!isOurs(stat.uid, path, uid)) throw notOurs(path);
  if (stat.isFile() && stat.uid === uid && (stat.mode & 0o077) !== 0) chmodSync(path, 0o600);
}

/** Root may have written it, and also uses the files of the user who invoked it. */
function isOurs(owner: number, path: string, uid: number | undefined): boolean {
  return owner === uid || owner === 0 || (uid === 0 && owner === statSync(dirname(path)).uid);
}

function notOurs(path: string): CodemieError {
  return new CodemieError({
    code: 'HOME_SHARED',
    message: `${path} belongs to another user of this computer. It was not used.`,
    hint: 'Remove it, and run the command again.',
  });
}

/** Whatever else is there holds nothing that could be used; the command that needs the folder says so. */
function folderAt(path: string): Stats | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isDirectory() === true ? stat : undefined;
  } catch (error) {
    if (systemCode(error) === 'ELOOP') return undefined;
    throw error;
  }
}

function shared(path: string, why: string): CodemieError {
  return new CodemieError({
    code: 'HOME_SHARED',
    message: `${path} is not safe for your settings and keys: ${why}. Nothing in it was used.`,
    hint: 'Set CODEMIE_HOME to a folder that only you can write to.',
  });
}
