import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTextIfAny } from '../system/files.ts';
import { VARIABLES } from './environment.ts';
import { configPath, readConfig } from './file.ts';

/** @returns the certificates the settings name. Settings that cannot be read are reported by the code that needs the rest of them. */
export function configuredCa(home: string): string | undefined {
  try {
    return readConfig(home).caFile;
  } catch {
    return undefined;
  }
}

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

/** Anybody with these can prove to others that they are the pipeline. */
const PIPELINE = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'BUILDKITE_AGENT_ACCESS_TOKEN'];

/**
 * @returns the variables that no program we start may see: our own secrets, the pipeline's, and the token variable of every
 *   profile, as the profile in use says nothing about what the others name. Settings that cannot be read name none.
 */
export function secretNames(home: string): readonly string[] {
  const own = VARIABLES.filter((variable) => variable.sensitive).map((variable) => variable.name);
  return [...own, ...PIPELINE, ...tokenVariablesOf(home)];
}

function tokenVariablesOf(home: string): readonly string[] {
  try {
    return Object.values(readConfig(home).profiles).flatMap(({ jwtConfig }) =>
      typeof jwtConfig?.tokenEnvVar === 'string' ? [jwtConfig.tokenEnvVar] : [],
    );
  } catch {
    return [];
  }
}
