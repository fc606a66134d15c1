import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, systemCode, usageError } from '../../../system/errors.ts';

/** The files of one export: one file for everything, or one for the realm and several for its users. */
export interface ExportFiles {
  /** With roles and groups. */
  readonly realm: string;
  /** In the order of their numbers; the realm's own file first. */
  readonly users: readonly string[];
}

const OF_REALM = /^(.+)-realm\.json$/;

/**
 * Keycloak writes an export into one file, or into a folder with `NAME-realm.json` and `NAME-users-N.json`.
 *
 * @param path of the file or the folder, absolute.
 * @throws SOURCE_FILE.
 */
export function exportFiles(path: string): ExportFiles {
  if (!statOf(path).isDirectory()) return withUsers(path);
  const names = readdirSync(path).filter((name) => OF_REALM.test(name));
  const [name, other] = names;
  if (name === undefined) throw notAnExport(path, 'the folder has no file NAME-realm.json');
  if (other !== undefined)
    throw notAnExport(path, `it has the exports of several realms: ${names.sort().join(', ')}`);
  return withUsers(join(path, name));
}

function withUsers(realm: string): ExportFiles {
  const name = OF_REALM.exec(basename(realm))?.[1];
  const folder = dirname(realm);
  if (name === undefined) return { realm, users: [realm] };
  const numbered = readdirSync(folder).flatMap((file) => {
    const isOfRealm = ['users', 'federated-users'].some((kind) => file.startsWith(`${name}-${kind}-`));
    const number = isOfRealm ? /-users-(\d+)\.json$/.exec(file)?.[1] : undefined;
    return number === undefined ? [] : [{ file, number: Number(number) }];
  });
  const ordered = numbered.sort((one, other) => one.number - other.number);
  return { realm, users: [realm, ...ordered.map(({ file }) => join(folder, file))] };
}

/** Node's own texts show the whole path. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'you may not read it',
};

function statOf(path: string): ReturnType<typeof statSync> & object {
  const found = readable(path, () => statSync(path));
  // It is read twice: a pipe would be empty the second time.
  if (!found.isFile() && !found.isDirectory()) throw notAnExport(path, 'it is neither a file nor a folder');
  return found;
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw notAnExport(path, REASONS[systemCode(error) ?? ''] ?? messageOf(error));
  }
}

export function notAnExport(path: string, reason: string) {
  return usageError(
    `${path} cannot be used as an export of a realm: ${reason}.`,
    { hint: 'Give what kc.sh export --realm NAME wrote: a file, or a folder with --file or --dir.' },
    'SOURCE_FILE',
  );
}
