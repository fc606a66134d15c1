import { realpathSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Env } from '../env.ts';
import { findOnPath } from './find-program.ts';

/** Facts about this process; the default is the current one. */
export interface OwnProcess {
  readonly node?: string;
  /** The script that Node runs. */
  readonly script?: string;
  readonly realPath?: (path: string) => string;
}

/**
 * How another program starts one of our programs: by its bare name where PATH has it, which also works on other
 * machines, else by full paths. On Windows always by full paths: there the bare name is a script for cmd.exe, which
 * would split arguments at spaces.
 *
 * @returns the words of the command line.
 */
export function ownProgram(
  name: string,
  { env, platform }: { readonly env: Env; readonly platform: NodeJS.Platform },
  { node = process.execPath, script = process.argv[1] ?? '', realPath = realpathSync }: OwnProcess = {},
): readonly [string, ...string[]] {
  if (platform !== 'win32' && findOnPath(name, { env, platform }) !== undefined) return [name];
  const { dirname, join } = platform === 'win32' ? win32 : posix;
  return [node, join(dirname(realPath(script)), `${name}.js`)];
}
