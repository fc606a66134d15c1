import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomHex, sha256 } from '../system/digest.ts';
import { HAS_FILE_MODES } from '../system/file-modes.ts';
import {
  isRunning,
  namesIn,
  readTextIfAny,
  removeFile,
  removeLeftovers,
  writeFileAtomic,
} from '../system/files.ts';
import { requireOwnFile } from '../system/own-folder.ts';
import { damaged } from './errors.ts';

/** One file per credential, 0600, in `<home>/credentials` (0700). Its name is only a hash. */
export interface CredentialFile {
  readonly path: string;
  /** @throws STORE_DAMAGED if the path is not a regular file. */
  read(): string | undefined;
  write(text: string): void;
  remove(): boolean;
}

export function credentialFile(home: string, id: string, suffix: string): CredentialFile {
  const name = sha256(id).slice(0, 32);
  return fileAt(join(home, 'credentials', `${name}.${suffix}`));
}

/** @returns the contents of all credential files of one kind. */
export function credentialTexts(home: string, suffix: string): readonly string[] {
  const folder = join(home, 'credentials');
  return namesIn(folder)
    .filter((name) => name.endsWith(`.${suffix}`))
    .flatMap((name) => readTextIfAny(join(folder, name)) ?? []);
}

/** A file to test a store with. The next test removes one that a killed process left behind. */
export function probeFile(home: string): CredentialFile {
  const path = join(home, 'credentials', 'probe');
  removeLeftovers(path, isRunning);
  return fileAt(`${path}.${process.pid}.${randomHex(6)}.tmp`);
}

function fileAt(path: string): CredentialFile {
  return {
    path,
    read: () => {
      tighten(path);
      return readTextIfAny(path);
    },
    write: (text) => writeFileAtomic(path, text),
    remove: () => {
      removeLeftovers(path);
      return removeFile(path);
    },
  };
}

/** Rejects links and files of another user, and restores 0600 on a file that others may read (S21). */
function tighten(path: string): void {
  if (!HAS_FILE_MODES) return;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isFile()) throw damaged(path, 'is not a regular file');
  requireOwnFile(path);
}

/** Removes all credential files in a home folder. */
export function removeCredentialFiles(home: string): void {
  rmSync(join(home, 'credentials'), { recursive: true, force: true });
}
