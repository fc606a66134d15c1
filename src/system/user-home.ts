import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { win32 } from 'node:path';
import type { Env } from './env.ts';
import { CodemieError } from './errors.ts';
import { isFullPath } from './process/find-program.ts';

interface Machine {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
}

/**
 * The user's home folder. An empty or relative HOME would turn the working folder, and any repository cloned into it,
 * into the user's own settings. On Windows HOME does not count: only some shells set it, often to a network drive, and
 * the agents do not read it.
 *
 * @throws HOME_UNKNOWN (9)
 */
export function userHomeOf({ env, platform }: Machine): string {
  const variable = platform === 'win32' ? 'USERPROFILE' : 'HOME';
  // Ask the system last: it is slow where accounts are kept on another machine.
  const known = [() => env[variable], homedir, () => userInfo().homedir, () => env['CODEMIE_HOME']];
  for (const read of known) {
    const path = orUnknown(read);
    if (path !== undefined && isFullPath(path, platform)) return path;
  }
  throw new CodemieError({
    code: 'HOME_UNKNOWN',
    message: `Couldn't find your home folder: ${variable} is empty, and the system doesn't name one.`,
    hint: `Set ${variable} or CODEMIE_HOME to the full path of a folder.`,
  });
}

/**
 * Checks that the drive of codemie's folder is there: a network drive may not be connected.
 *
 * @throws HOME_UNKNOWN (9)
 */
export function requireDrive(
  home: string,
  { env, platform }: Machine,
  exists: (path: string) => boolean = existsSync,
): void {
  if (platform !== 'win32') return;
  const { root } = win32.parse(home);
  if (exists(root)) return;
  const isNamed = (env['CODEMIE_HOME'] ?? '') !== '';
  throw new CodemieError({
    code: 'HOME_UNKNOWN',
    message: `codemie keeps its files in ${home}${isNamed ? ' (CODEMIE_HOME)' : ''}, but there is no ${root} now.`,
    hint: `Connect ${root}, or set CODEMIE_HOME to a folder on another drive.`,
  });
}

/** An account unknown to the system (a bare user id in a container) has no home folder; asking for it throws. */
function orUnknown(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
