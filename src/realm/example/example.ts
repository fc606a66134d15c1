import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usageError } from '../../system/errors.ts';

/** A file of the example. */
interface ExampleFile {
  /** Below the folder of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The build copies this folder beside the code that reads it. */
const FILES = fileURLToPath(new URL('./files/', import.meta.url));

/** @returns every file of the example realm, in the order of their paths. */
export function exampleFiles(): readonly ExampleFile[] {
  return readdirSync(FILES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(FILES, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Writes the example realm to a folder.
 *
 * @returns what it wrote.
 * @throws REALM_FILES_EXIST, before it writes anything, with the files that are there already.
 */
export function writeExample(folder: string): readonly string[] {
  const files = exampleFiles();
  // A link that leads nowhere is there, too.
  const isThere = (path: string): boolean =>
    lstatSync(join(folder, path), { throwIfNoEntry: false }) !== undefined;
  const existing = files.map(({ path }) => path).filter(isThere);
  if (existing.length > 0)
    throw usageError(
      `Nothing was written, because these files exist already: ${existing.join(', ')}.`,
      { hint: 'Name an empty folder, compare the files with yours, and take over what you need.' },
      'REALM_FILES_EXIST',
    );
  // A file in the place of a folder is found before anything is written.
  for (const { path } of files) mkdirSync(dirname(join(folder, path)), { recursive: true });
  for (const { path, text } of files) {
    const target = join(folder, path);
    writeFileSync(target, text, { flag: 'wx' });
    // Keycloak runs as another user.
    chmodSync(target, 0o644);
  }
  return files.map(({ path }) => path);
}
