import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CodemieError } from '../system/errors.ts';
import { findOnPath, isExecutable } from '../system/process/find-program.ts';
import { realPath } from '../system/real-path.ts';
import type { Adapter } from './adapters/adapter.ts';

/**
 * @returns the agent's executable from PATH, else from the folder `codemie install` uses; undefined if neither has
 *   it.
 */
export function findProgram(
  context: Pick<Context, 'env' | 'home' | 'platform'>,
  adapter: Pick<Adapter, 'program'>,
): string | undefined {
  return findOnPath(
    adapter.program,
    context,
    [installedPrograms(context)],
    (path) => isExecutable(path) && !isForWindows(path, context),
  );
}

/** In WSL, PATH also has Windows' folders: their programs get neither our paths nor our environment. */
function isForWindows(path: string, { env, platform }: Pick<Context, 'env' | 'platform'>): boolean {
  const isWsl = platform === 'linux' && (env['WSL_DISTRO_NAME'] ?? '') !== '';
  return isWsl && /^\/mnt\/[a-z]\//i.test(realPath(path));
}

/** The programs that `codemie install` installed. */
export function installedPrograms({ home }: Pick<Context, 'home'>): string {
  return join(home, 'agents', 'node_modules', '.bin');
}

/** @throws AGENT_MISSING (1) with the command that installs it. */
export function requireProgram(
  context: Pick<Context, 'env' | 'home' | 'platform'>,
  adapter: Adapter,
): string {
  const found = findProgram(context, adapter);
  if (found !== undefined) return found;
  const other = findOnPath(adapter.program, context);
  const why =
    other === undefined
      ? `"${adapter.program}" is not on PATH`
      : `${other} is for Windows and can't be used in WSL`;
  throw new CodemieError({
    code: 'AGENT_MISSING',
    message: `${adapter.title} is not installed (${why}).`,
    fix: `codemie install ${adapter.name}`,
  });
}
