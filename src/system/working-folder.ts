import type { Env } from './env.ts';

/**
 * @returns the working folder. If it was removed, its former path: commands that use no files in it work, and the others
 * name it in their error.
 */
export function workingFolder(env: Env): string {
  try {
    return process.cwd();
  } catch {
    const former = env['PWD'] || '/removed-folder';
    // Libraries ask for it when they load.
    process.cwd = () => former;
    return former;
  }
}
