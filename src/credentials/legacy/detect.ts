import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configPath } from '../../config/file.ts';
import { readTextIfAny } from '../../system/files.ts';

/** @returns whether the existing CLI may have left secrets here. Costs one directory listing and one read of a small file. */
export function mayHoldSecrets(home: string): boolean {
  if (legacyFiles(home).length > 0) return true;
  try {
    return /"(apiKey|token)"\s*:/.test(readTextIfAny(configPath(home)) ?? '');
  } catch {
    return false;
  }
}

/** @returns whether the existing CLI may have sign-ins or keys that were not imported yet. */
export function isImportWaiting(home: string): boolean {
  return !existsSync(importMark(home)) && mayHoldSecrets(home);
}

/** @returns the file that records what was imported from the existing CLI. */
export function importMark(home: string): string {
  return join(home, 'imported.json');
}

/** Sign-in files of the existing CLI. File names of this program's store have 32 hex digits, so they never match. */
const IN_FOLDER = /^(?:(?:jwt-)?sso-[0-9a-f]{64}|jwt-credentials)\.enc$/;

/** @returns the existing CLI's sign-in files. Checks names only. */
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
