import { tmpdir } from 'node:os';
import type { Env } from './env.ts';

/** The folder for temporary files, and the variable that names it, if one does. */
export interface TemporaryFolder {
  readonly path: string;
  readonly variable: string | undefined;
}

/** As Node.js chooses it (`os.tmpdir`), from the variables of this run. */
export function temporaryFolder(machine: {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
}): TemporaryFolder {
  const { env, platform } = machine;
  const names = platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR', 'TMP', 'TEMP'];
  const variable = names.find((name) => (env[name] ?? '') !== '');
  return { path: (variable && env[variable]) || tmpdir(), variable };
}
