import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configPath } from '../../config/file.ts';
import { readTextIfAny } from '../../system/files.ts';

/** @returns whether a look for secrets of the existing CLI is worth it; costs a listing and one read of a small file. */
export function mayHoldSecrets(home: string): boolean {
  if (legacyFiles(home).length > 0) return true;
  try {
    return /"(apiKey|token)"\s*:/.test(readTextIfAny(configPath(home)) ?? '');
  } catch {
    return false;
  }
}

/** @returns whether there may be sign-ins or keys of the existing CLI that nobody was asked about yet. */
export function isImportWaiting(home: string): boolean {
  return !existsSync(importMark(home)) && mayHoldSecrets(home);
}

/** @returns the file that remembers what was taken over from the existing CLI. */
export function importMark(home: string): string {
  return join(home, 'imported.json');
}

/** Files in which the existing CLI keeps a sign-in; the names of ours are half as long. */
const IN_FOLDER = /^(?:(?:jwt-)?sso-[0-9a-f]{64}|jwt-credentials)\.enc$/;

/** @returns the files of the existing CLI that hold a sign-in. Looks at names only; costs nothing to speak of. */
export function legacyFiles(home: string): readonly string[] {
  const folder = join(home, 'credentials');
  const one = join(home, 'sso-credentials.enc');
  try {
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => IN_FOLDER.test(name)) : [];
    return [...names.map((name) => join(folder, name)), ...(existsSync(one) ? [one] : [])];
  } catch {
    return [];
  }
}
