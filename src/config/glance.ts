import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTextIfAny } from '../system/files.ts';
import { configPath, readConfig } from './file.ts';

/** @returns the certificates the settings name. Settings that cannot be read are said by whoever needs the rest of them. */
export function configuredCa(home: string): string | undefined {
  try {
    return readConfig(home).caFile;
  } catch {
    return undefined;
  }
}

/** @returns whether a look for secrets in the settings is worth it; costs one read of a small file. */
export function mayHoldSecrets(home: string): boolean {
  try {
    return /"(apiKey|token)"\s*:/.test(readTextIfAny(configPath(home)) ?? '');
  } catch {
    return false;
  }
}

/** Files in which the older program keeps a sign-in; the names of ours are half as long. */
const IN_FOLDER = /^(?:(?:jwt-)?sso-[0-9a-f]{64}|jwt-credentials)\.enc$/;

/** @returns the files of the older program that hold a sign-in. Looks at names only; costs nothing to speak of. */
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
