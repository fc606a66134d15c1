import { readFileSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { objectIn } from '../system/json.ts';
import { startCommand } from '../system/process/start-command.ts';
import { realPath } from '../system/real-path.ts';

/** How files are read; tests replace it. */
export interface Files {
  readText(path: string): string;
  realPath(path: string): string;
}

const FILES: Files = { readText: (path) => readFileSync(path, 'utf8'), realPath };
const MOST_LEVELS = 4;

/**
 * Reads an agent's version from its package, without starting it. Other packages above the program, such as one in your
 * home folder, say nothing about it.
 *
 * @param program its full path, of a link or a Windows shim, too.
 * @returns undefined if the program is not in its package.
 */
export function installedVersion(
  program: string,
  npmPackage: string,
  platform: NodeJS.Platform,
  files: Files = FILES,
): string | undefined {
  const { dirname, join } = platform === 'win32' ? win32 : posix;
  let folder = dirname(startedBy(program, platform, files));
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const found = packageIn(join(folder, 'package.json'), files);
    if (found?.['name'] === npmPackage)
      return typeof found['version'] === 'string' ? found['version'] : undefined;
    folder = dirname(folder);
  }
  return undefined;
}

function startedBy(program: string, platform: NodeJS.Platform, { readText, realPath }: Files): string {
  try {
    const started = startCommand(program, [], { platform, readText });
    return realPath(started.args.at(-1) ?? started.program);
  } catch {
    // A launch says what is wrong with a shim.
    return program;
  }
}

function packageIn(path: string, { readText }: Files): Record<string, unknown> | undefined {
  try {
    return objectIn(readText(path));
  } catch {
    return undefined;
  }
}
