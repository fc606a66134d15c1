import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { shellWord } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import { randomHex } from '../../system/digest.ts';
import type { Env } from '../../system/env.ts';
import { type Advice, systemCode } from '../../system/errors.ts';
import { temporaryFolder } from '../../system/temporary-folder.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';
import { closeToOthers, inheritsAccess } from '../windows-access.ts';

/** The folders that codemie writes to: its own, and the one for temporary files, where each launch makes a folder. */
export const home: Check = {
  id: 'home',
  title: 'Folders',
  run: async ({ context }) => {
    const { home, platform } = context;
    const own = writeFault(home);
    if (own !== undefined) return unwritable(home, own, context);
    const temporary = temporaryFolder(context);
    const other = writeFault(temporary.path, false);
    if (other !== undefined)
      return fail(
        `Temporary files can't be written in ${temporary.path}${temporary.variable === undefined ? '' : ` (${temporary.variable})`}: ${SAID[other] ?? other}. Agents can't be started without them.`,
        temporary.variable === undefined
          ? { hint: 'Set TMPDIR to a folder that you can write to.' }
          : { fix: `unset ${temporary.variable}` },
      );
    if (platform !== 'win32' && ((statSync(home, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0)
      return warn(`${home} is open to other users of this computer.`, {
        fix: `chmod 700 ${shellWord(home)}`,
      });
    if (platform === 'win32' && (await inheritsAccess(home, context)))
      return warn(`${home} is outside your profile folder, and other users of this computer may read it.`, {
        fix: closeToOthers(home, context),
      });
    return ok(`${home} can be written`);
  },
};

const SAID: Readonly<Record<string, string>> = {
  EACCES: "you don't have permission",
  EPERM: "you don't have permission",
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
  ELOOP: 'its links lead in a circle',
  ENOENT: "it doesn't exist",
  ENAMETOOLONG: 'its name is too long',
};

/**
 * Permissions don't tell whether a file system is read-only or full: only a write does.
 *
 * @returns the system's code for why nothing can be written there, or undefined.
 */
function writeFault(folder: string, mayCreate = true): string | undefined {
  const probe = join(folder, `.probe-${process.pid}-${randomHex(6)}`);
  let made: string | undefined;
  try {
    made = mayCreate ? mkdirSync(folder, { recursive: true, mode: 0o700 }) : undefined;
    const handle = openSync(probe, 'wx', 0o600);
    try {
      writeSync(handle, 'probe');
    } finally {
      closeSync(handle);
      rmSync(probe, { force: true });
    }
    return undefined;
  } catch (error) {
    return systemCode(error) ?? String(error);
  } finally {
    // Leaves no trace of itself.
    if (made !== undefined) removeIfEmpty(folder);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another command has begun to use it.
  }
}

function unwritable(folder: string, code: string, { env, platform }: Context): Finding {
  const detail = `codemie can't write to its folder ${folder}: ${SAID[code] ?? code}. Sign-ins can't be saved or refreshed.`;
  return fail(detail, wayOut(folder, code, env, platform));
}

function wayOut(folder: string, code: string, env: Env, platform: NodeJS.Platform): Advice {
  if (code === 'ENOSPC' || code === 'EDQUOT') return { hint: 'Free up disk space.' };
  const place = nearest(folder);
  const path = shellWord(place);
  if (platform !== 'win32' && hasLostPermission(place)) return { fix: `chmod u+rwx ${path}` };
  if ((env['CODEMIE_HOME'] ?? '') !== '') return { fix: 'unset CODEMIE_HOME' };
  if (platform === 'win32' || code === 'EROFS' || place !== folder)
    return {
      hint: 'Set CODEMIE_HOME to a folder that you can write to, or ask the administrator of this computer.',
    };
  return code === 'EACCES' || code === 'EPERM'
    ? { fix: `sudo chown -R "$(id -un)" ${path}` }
    : { fix: `mv ${path} ${shellWord(`${folder}.old`)}` };
}

/** @returns the path itself, or the first folder above it that exists. */
function nearest(path: string): string {
  for (let place = path; ; place = dirname(place))
    if (lstatIfAny(place) !== undefined || dirname(place) === place) return place;
}

/** A folder of this user that its owner may not write to. */
function hasLostPermission(path: string): boolean {
  const stat = lstatIfAny(path);
  return stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o300) !== 0o300;
}

function lstatIfAny(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
