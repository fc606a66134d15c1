import { readConfig } from './file.ts';

/** @returns the CA file from the settings. Unreadable settings are reported by the code that needs the rest of them. */
export function configuredCa(home: string): string | undefined {
  try {
    return readConfig(home).caFile;
  } catch {
    return undefined;
  }
}
