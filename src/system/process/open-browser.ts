import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CodemieError } from '../errors.ts';
import { hasDisplay } from '../has-display.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { windowsProgram } from './find-program.ts';

/**
 * Opens a web page in the user's browser: http(s) only, no control characters, an argument array and no shell (S38).
 * Respects BROWSER (first entry, `%s` replaced).
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
  const [command, ...args] = openerFor(address, env, platform);
  if (command === undefined) return false;
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

/** @returns the program and its arguments; empty if there is no browser to open. */
export function openerFor(address: string, env: ChildEnvironment, platform: NodeJS.Platform): string[] {
  // A path may contain spaces and colons. So may a list or a command line, but then no file has that name.
  const whole = env['BROWSER'] ?? '';
  if (whole !== '' && existsSync(whole)) return [whole, address];
  const chosen = whole.split(':')[0]?.trim();
  if (chosen !== undefined && chosen !== '' && chosen !== 'none') {
    const words = chosen.split(/\s+/);
    return words.some((word) => word.includes('%s'))
      ? words.map((word) => word.replace('%s', () => address))
      : [...words, address];
  }
  if (chosen === 'none') return [];
  if (platform === 'darwin') return ['/usr/bin/open', address];
  if (platform === 'win32') return [windowsProgram('rundll32', env), 'url.dll,FileProtocolHandler', address];
  if (env['WSL_DISTRO_NAME'] !== undefined) return ['wslview', address];
  return hasDisplay(env) ? ['xdg-open', address] : [];
}
