import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeText, utf16Mark } from '../../system/decode-text.ts';
import { systemCode, usageError } from '../../system/errors.ts';

/** Larger than any values file; a cluster's worth of manifests fits. */
const LARGEST = 64 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its symbolic links lead in a circle',
};

/**
 * Reads a file of values or manifests, byte for byte: a byte order mark stays, except that of UTF-16.
 *
 * @param cwd the folder that a relative path starts from.
 * @throws PLATFORM_FILE.
 */
export function readTextFile(path: string, cwd: string): string {
  const full = resolve(cwd, path);
  try {
    const facts = statSync(full);
    // Some never end.
    if (facts.isCharacterDevice()) throw unreadable(path, 'it is a device');
    if (facts.size > LARGEST) throw unreadable(path, 'it is larger than 64 MB');
    const bytes = readFileSync(full);
    if (utf16Mark(bytes) !== undefined) return decodeText(bytes);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw unreadable(path, 'it is not text in UTF-8');
    const reason = REASONS[code ?? ''];
    throw reason === undefined ? error : unreadable(path, reason);
  }
}

function unreadable(path: string, reason: string) {
  return usageError(`${path} cannot be read: ${reason}.`, { hint: 'Check the path.' }, 'PLATFORM_FILE');
}
