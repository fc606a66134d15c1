import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

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
