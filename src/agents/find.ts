import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Context } from '../context.ts';
import { CodemieError } from '../system/errors.ts';
import type { Adapter } from './adapter.ts';

/** @returns the agent's executable: on PATH, else in our private prefix; undefined when it is nowhere. */
export function findProgram(
  context: Pick<Context, 'env' | 'home' | 'platform'>,
  adapter: Adapter,
): string | undefined {
  const folders = [
    ...(context.env['PATH'] ?? '').split(delimiter),
    join(context.home, 'agents', 'node_modules', '.bin'),
  ];
  const names =
    context.platform === 'win32' ? [`${adapter.program}.exe`, `${adapter.program}.cmd`] : [adapter.program];
  for (const folder of folders) {
    if (folder === '') continue;
    for (const name of names) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** @throws AGENT_MISSING (exit 1) with the command that installs it. */
export function requireProgram(context: Context, adapter: Adapter): string {
  const found = findProgram(context, adapter);
  if (found !== undefined) return found;
  throw new CodemieError({
    code: 'AGENT_MISSING',
    message: `${adapter.title} is not installed: there is no "${adapter.program}" on PATH.`,
    hint: `codemie install ${adapter.name}, or npm install -g ${adapter.npmPackage}`,
    exit: 'failed',
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
