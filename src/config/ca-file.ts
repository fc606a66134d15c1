import { readConfig } from './file.ts';

/** @returns the certificates the settings name. Settings that cannot be read are reported by the code that needs the rest of them. */
export function configuredCa(home: string): string | undefined {
  try {
    return readConfig(home).caFile;
  } catch {
    return undefined;
  }
}
