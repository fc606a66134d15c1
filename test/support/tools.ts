import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Makes sure a program is available: on PATH or at its full path, or from Debian's packages if we may install them.
 *
 * @returns undefined if it is available, else why the test is skipped. In CI nothing is skipped: it throws.
 */
export function missingTool(program: string, packages: readonly string[]): string | undefined {
  if (onPath(program)) return undefined;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { env });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
    if (onPath(program)) return undefined;
  }
  return skipped(`${program} is not installed (packages: ${packages.join(', ')})`);
}

/** @returns the reason and prints it, or throws if skipping is not allowed. */
export function skipped(why: string): string {
  if (process.env['CI'] !== undefined && process.env['CI'] !== '')
    throw new Error(`under CI nothing is skipped: ${why}`);
  console.warn(`SKIPPED: ${why}`);
  return why;
}

function onPath(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program);
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}
