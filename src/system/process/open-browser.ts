import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { CodemieError } from '../errors.ts';
import { hasDisplay } from '../has-display.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { windowsProgram } from './find-program.ts';

/**
 * Opens a web page in the user's browser: http(s) only, no control characters, an argument array and no shell (S38).
 * Respects BROWSER (first entry, `%s` replaced). Otherwise uses the first opener that starts.
 *
 * @returns false if no opener could be started; the caller then shows the URL.
 */
export async function openBrowser(
  address: string,
  env: ChildEnvironment,
  platform: NodeJS.Platform,
): Promise<boolean> {
  const url = new URL(address);
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || /[\u0000-\u001f\u007f\s]/.test(address)) {
    throw new CodemieError({
      code: 'BROWSER_ADDRESS',
      message: 'This address is not a web page, so it was not opened.',
    });
  }
  for (const opener of openersFor(address, env, platform)) if (await starts(opener, env)) return true;
  return false;
}

function starts([command, ...args]: Opener, env: ChildEnvironment): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: 'ignore', detached: true, windowsHide: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      // An opener that fails at once (no display, no browser) reports it with its exit code.
      const settled = setTimeout(() => resolve(true), 400);
      child.once('exit', (code) => {
        clearTimeout(settled);
        resolve(code === 0);
      });
    });
  });
}

/** A program and its arguments. */
type Opener = readonly [string, ...string[]];

/** @returns what can open the page, best first; empty if there is no browser to open. */
export function openersFor(
  address: string,
  env: ChildEnvironment,
  platform: NodeJS.Platform,
): readonly Opener[] {
  const chosen = env['BROWSER'] ?? '';
  if (chosen.trim() === 'none') return [];
  const named = chosenOpener(chosen, address, platform);
  if (named !== undefined) return [named];
  if (platform === 'darwin') return [['/usr/bin/open', address]];
  if (platform === 'win32') return [[windowsProgram('rundll32', env), HANDLER, address]];
  const desktop: readonly Opener[] = hasDisplay(env) ? [['xdg-open', address]] : [];
  if (env['WSL_DISTRO_NAME'] === undefined) return desktop;
  return [
    ['wslview', address],
    [posix.join(windowsFolder(env), 'rundll32.exe'), HANDLER, address],
    ...desktop,
  ];
}

const HANDLER = 'url.dll,FileProtocolHandler';

/** WSL adds the folders of Windows to PATH, below the folder in which it mounts the drives. */
function windowsFolder(env: ChildEnvironment): string {
  const folders = (env['PATH'] ?? '').split(':');
  return (
    folders.find((folder) => folder.startsWith('/') && /\/c\/windows\/system32\/?$/i.test(folder)) ??
    '/mnt/c/Windows/System32'
  );
}

/** @returns the first program in BROWSER, which is a path, or a list of command lines with an optional `%s`. */
function chosenOpener(chosen: string, address: string, platform: NodeJS.Platform): Opener | undefined {
  // A path may contain spaces and colons. So may a list or a command line, but then no file has that name.
  if (chosen !== '' && existsSync(chosen)) return [chosen, address];
  const first = platform === 'win32' ? chosen : (/^(?:"[^"]*"|'[^']*'|[^:])*/.exec(chosen)?.[0] ?? '');
  // On Windows, only double quotes are quotes.
  const parts = platform === 'win32' ? /(?:"[^"]*"|\S)+/g : /(?:"[^"]*"|'[^']*'|\S)+/g;
  const quotes = platform === 'win32' ? /"/g : /["']/g;
  const [program, ...words] = (first.match(parts) ?? []).map((word) => word.replace(quotes, ''));
  if (program === undefined || program === '') return undefined;
  const filled = words.map((word) => word.replace('%s', () => address));
  const hasPlace = [program, ...words].some((word) => word.includes('%s'));
  return [program.replace('%s', () => address), ...filled, ...(hasPlace ? [] : [address])];
}
