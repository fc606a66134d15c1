import { randomBytes } from 'node:crypto';
import { readTextIfAny, writeFileAtomic } from '../system/files.ts';
import { requireOwnFile } from '../system/own-folder.ts';
import { Secret } from '../system/secret.ts';

/** @returns a new key of 256 bits. */
export function newKey(prefix = ''): Secret {
  return new Secret(`${prefix}${randomBytes(32).toString('base64url')}`);
}

/**
 * Call it under a lock.
 *
 * @returns the key in a file, 0600, which is created once.
 * @throws HOME_SHARED (9) if another user put the file there, who would know the key.
 */
export function keyIn(path: string, prefix = ''): Secret {
  requireOwnFile(path);
  const known = readTextIfAny(path)?.trim();
  if (known?.startsWith(prefix) === true && /^[\w-]{43}$/.test(known.slice(prefix.length)))
    return new Secret(known);
  const key = newKey(prefix);
  writeFileAtomic(path, `${key.reveal()}\n`);
  return key;
}

/** Of the keys that agents and editors are given, so that they can be told from other keys. */
export const GATEWAY_KEY = 'codemie-';
