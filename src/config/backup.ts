import { readTextIfAny, removeFile, writeFileAtomic } from '../system/files.ts';

export interface Backup {
  readonly path: string;
  /** Secrets stood in the file, and were left out. */
  readonly masked: boolean;
}

/** Fields whose texts are secrets by their names, in whole files and in broken ones. */
const SECRET_FIELD =
  /("(?!tokenEnvVar")[^"\n]*(?:key|token|secret|passw|passphrase|authorization|cookie)[^"\n]*"\s*:\s*)"(?:[^"\\\n]|\\.)*"?/gi;

/**
 * Sets a settings file aside under another name: readable by its owner alone, and without the secrets an older program
 * wrote into it, which would outlive the reset that is to remove them.
 */
export function setAside(path: string, now: number): Backup | undefined {
  const text = readTextIfAny(path);
  if (text === undefined) return undefined;
  const backup = `${path}.${new Date(now).toISOString().replace(/[:.]/g, '-')}.bak`;
  const masked = text.replace(SECRET_FIELD, '$1"[removed]"');
  writeFileAtomic(backup, masked);
  removeFile(path);
  return { path: backup, masked: masked !== text };
}
