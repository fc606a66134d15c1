import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { CodemieError } from './errors.ts';

/**
 * Looks at the folder of settings and keys before anything in it is believed. One of ours that others may write to is closed
 * (0700), unless somebody used that. The superuser may work in the folder of the person who called it.
 *
 * @returns a sentence about what was repaired.
 * @throws HOME_SHARED (9) for a folder that somebody else can write to, or that holds a file of somebody else.
 */
export function requireOwnFolder(path: string, uid = process.getuid?.()): string | undefined {
  const stat = uid === undefined ? undefined : folderAt(path);
  if (stat === undefined || uid === undefined) return undefined;
  const isOpen = (stat.mode & 0o022) !== 0;
  if (stat.uid !== uid && uid !== 0 && (isOpen || stat.uid !== 0))
    throw shared(path, isOpen ? 'others can write to it' : 'it belongs to another user');
  if (!isOpen) return undefined;
  // /tmp and its like: meant to be shared.
  if ((stat.mode & 0o1000) !== 0) throw shared(path, 'it is a folder for everybody');
  const planted = readdirSync(path).find((name) => {
    // Another command of yours may remove a lock or a temporary file just now.
    const entry = lstatSync(join(path, name), { throwIfNoEntry: false });
    return entry !== undefined && ![uid, stat.uid, 0].includes(entry.uid);
  });
  if (planted !== undefined) throw shared(path, `others could write to it, and ${planted} is not yours`);
  chmodSync(path, 0o700);
  return `warning: other users of this machine could write to ${path}; it is closed to them now (0700).`;
}

function folderAt(path: string): Stats | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true ? stat : undefined;
}

function shared(path: string, why: string): CodemieError {
  return new CodemieError({
    code: 'HOME_SHARED',
    message: `${path} cannot hold your settings and keys: ${why}. Nothing in it was used.`,
    hint: 'Set CODEMIE_HOME to a folder that only you can write to',
  });
}
