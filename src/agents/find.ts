import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CodemieError } from '../system/errors.ts';
import { findOnPath } from '../system/process/find-program.ts';
import type { Adapter } from './adapters/adapter.ts';

/**
 * @returns the agent's executable from PATH, else from the folder `codemie install` uses; undefined if neither has
 *   it.
 */
export function findProgram(
  context: Pick<Context, 'env' | 'home' | 'platform'>,
  adapter: Pick<Adapter, 'program'>,
): string | undefined {
  return findOnPath(adapter.program, context, [installedPrograms(context)]);
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
  throw new CodemieError({
    code: 'AGENT_MISSING',
    message: `${adapter.title} is not installed ("${adapter.program}" is not on PATH).`,
    fix: `codemie install ${adapter.name}`,
  });
}
