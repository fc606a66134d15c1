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
