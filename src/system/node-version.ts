import { CodemieError } from './errors.ts';

/** @throws NODE_TOO_OLD (1): without what newer versions have, commands would fail in the middle. */
export function requireNode(
  version: string,
  program: string,
  hasBuiltinModules = 'getBuiltinModule' in process,
): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (hasBuiltinModules && (major > 20 || (major === 20 && minor >= 19))) return;
  throw new CodemieError({
    code: 'NODE_TOO_OLD',
    message: `codemie needs Node.js 20.19, 22.3 or newer, and ${program} is ${version}.`,
    hint: 'Install Node.js 22 or 24, and make sure that it comes first in PATH.',
  });
}
