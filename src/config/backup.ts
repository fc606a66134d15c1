import { readTextIfAny, removeFile, writeFileAtomic } from '../system/files.ts';

export interface Backup {
  readonly path: string;
  /** Secrets were found in the file and left out. */
  readonly masked: boolean;
}

/** Fields whose names say that their values are secret, in valid files and in broken ones. */
const SECRET_FIELD =
  /("(?!tokenEnvVar")(?=[^"\n]*(?:key|token|secret|passw|passphrase|authorization|cookie))[^"\n]*"\s*:\s*)"(?:[^"\\\n]|\\.)*"?/gi;

/** The text of a settings file, valid or broken, without the values of such fields. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_FIELD, '$1"[removed]"');
}

/**
 * Renames a settings file to a backup that only its owner may read. Leaves out secrets that the old CLI wrote
 * into it; otherwise they would outlive the reset that should remove them.
 */
export function setAside(path: string, now: number): Backup | undefined {
  const text = readTextIfAny(path);
  if (text === undefined) return undefined;
  const backup = `${path}.${new Date(now).toISOString().replace(/[:.]/g, '-')}.bak`;
  const masked = withoutSecrets(text);
  writeFileAtomic(backup, masked);
  removeFile(path);
  return { path: backup, masked: masked !== text };
}
