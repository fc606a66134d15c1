import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readText } from '../../system/decode-text.ts';
import { CodemieError, messageOf, systemCode } from '../../system/errors.ts';
import { removeFile, replaceFile } from '../../system/files.ts';
import { objectAt, withMember, withoutMember } from '../../system/jsonc-edit.ts';
import type { Entries } from './host.ts';

/** Where entries are in a JSON file: `['mcpServers']`. */
type Path = readonly string[];

/** @throws CONFIG_BROKEN that names the file and the line. */
export function readEntries(file: string, path: Path): Entries {
  return orBroken(file, () => objectAt(readSettings(file) ?? '', path)) ?? {};
}

/**
 * @param path where the entry goes, its name last.
 * @param mode of a new file.
 * @throws CONFIG_BROKEN; the file is then unchanged.
 */
export function putEntry(file: string, path: Path, entry: unknown, mode: number): void {
  const text = readSettings(file) ?? '';
  const changed = orBroken(file, () => withMember(text, path, entry));
  writeSettings(file, changed, mode);
}

/** Removes an entry, then the object that is empty without it, then the file if nothing else was in it. */
export function dropEntry(file: string, path: Path, name: string): void {
  const text = readSettings(file) ?? '';
  const left = orBroken(file, () => {
    const without = withoutMember(text, [...path, name]);
    const isLast = Object.keys(objectAt(without, path) ?? { other: true }).length === 0;
    return isLast ? withoutMember(without, path) : without;
  });
  if (/^\s*{\s*}\s*$/.test(left)) removeFile(file);
  else writeSettings(file, left);
}

/** @returns undefined where there is no such file. @throws CONFIG_BROKEN when it cannot be read. */
export function readSettings(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw broken(file, error);
  }
}

/** Replaces another program's file, where a link points to, and keeps its mode. `newMode` is that of a new file. */
export function writeSettings(file: string, text: string, newMode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true });
  const stat = statSync(file, { throwIfNoEntry: false });
  const mode = stat === undefined ? newMode : stat.mode & 0o777;
  replaceFile(stat === undefined ? file : realpathSync(file), text, mode);
}

export function broken(file: string, error: unknown): CodemieError {
  return new CodemieError({
    code: 'CONFIG_BROKEN',
    message: `Couldn't read ${file}: ${messageOf(error)}. It was not changed.`,
    hint: 'Fix the file, then run the command again.',
    cause: error,
  });
}

function orBroken<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SyntaxError ? broken(file, error) : error;
  }
}
