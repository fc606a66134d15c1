import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Context } from '../../context.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { ensurePrivateFolder, namesIn, removeFolder } from '../../system/files.ts';
import { linkTo } from '../../system/link.ts';
import { isLocked, withLock } from '../../system/lock.ts';
import { renameFile } from '../../system/rename.ts';
import { tidyFolder } from '../../system/tidy.ts';
import type { PrivateHome } from '../adapters/adapter.ts';
import { homesOf } from './homes-folder.ts';
import { mergeBack, type RunOfHome, stampOf } from './merge-back.ts';

const RECORD = 'run.json';
/** A folder without a record is still being created, or its creator died. Younger ones are left alone. */
const CREATION_MS = 60_000;

/**
 * Runs `work` in a private home and brings what the agent wrote there back to the user. Homes live in CODEMIE_HOME
 * and survive a killed launcher: the next launch recovers them.
 *
 * @param tell receives a sentence for anything that could not simply be brought back.
 * @throws AGENT_HOME when the home cannot be created.
 */
export async function inPrivateHome<T>(
  context: Context,
  home: PrivateHome,
  tell: (message: string) => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = orHomeError(home, () => {
    ensurePrivateFolder(homesOf(context));
    return realpathSync(mkdtempSync(join(homesOf(context), 'run-')));
  });
  return withLock(join(folder, 'lock'), { clock: context.clock }, async () => {
    try {
      orHomeError(home, () => fillHome(folder, home, context.platform));
    } catch (error) {
      await tidyFolder(folder, context);
      throw error;
    }
    try {
      return await work(folder);
    } finally {
      await mergeAndRemove(context, folder, tell);
    }
  });
}

/** Recovers the homes of runs whose launcher was killed. */
export async function recoverHomes(context: Context, tell: (message: string) => void): Promise<void> {
  for (const name of namesIn(homesOf(context)).filter((entry) => entry.startsWith('run-'))) {
    const folder = join(homesOf(context), name);
    const lock = join(folder, 'lock');
    if (isLocked(lock)) continue;
    try {
      if (existsSync(join(folder, RECORD)))
        await withLock(lock, { clock: context.clock, waitMs: 500 }, async () => {
          if (existsSync(join(folder, RECORD))) return mergeAndRemove(context, folder, tell);
          // Another launch was faster, and taking the lock recreated the folder.
          removeFolder(folder);
        });
      else if (context.clock.now() - statSync(folder).mtimeMs > CREATION_MS) removeFolder(folder);
    } catch (error) {
      // Another launch is recovering it.
      if (!(error instanceof CodemieError && error.code === 'LOCK_TIMEOUT')) tell(mergeFailed(folder, error));
    }
  }
}

function orHomeError<T>({ own }: PrivateHome, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CodemieError({
      code: 'AGENT_HOME',
      message: `Couldn't create the agent's home for this run: ${messageOf(error)}.`,
      hint: `Make sure you can write to ${own} and to CODEMIE_HOME.`,
      cause: error,
    });
  }
}

function fillHome(folder: string, home: PrivateHome, platform: NodeJS.Platform): void {
  const inside = join(folder, home.folder);
  const before = join(folder, 'before');
  for (const path of [inside, before]) mkdirSync(path, { mode: 0o700 });
  for (const path of home.keep) mkdirSync(path, { recursive: true, mode: 0o700 });
  const stamps: Record<string, string> = {};
  const write = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  for (const [name, target] of Object.entries(home.links)) {
    linkTo(target, join(inside, name), platform);
    const stamp = stampOf(target);
    if (stamp !== undefined) stamps[name] = stamp;
    // Each run compares against the state it started from, so two concurrent runs can both be merged.
    const text = name.endsWith('.json') && stamp !== undefined ? readIfReadable(target) : undefined;
    if (text !== undefined) write(join(before, name), text);
  }
  for (const given of [inside, before]) write(join(given, 'settings.json'), JSON.stringify(home.settings));
  const { own, overridden, address, withHomePaths } = home;
  const run: RunOfHome = { home: home.folder, own, overridden, address, withHomePaths, stamps };
  write(join(folder, RECORD), JSON.stringify(run));
}

/** An unreadable file is left to the agent to report. */
function readIfReadable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Merges one run at a time, because two runs that end together change the same files. A failed merge is reported once
 * and kept in a folder that no later launch looks at; it is not retried.
 */
async function mergeAndRemove(
  context: Context,
  folder: string,
  tell: (message: string) => void,
): Promise<void> {
  try {
    await withLock(join(homesOf(context), 'lock'), { clock: context.clock }, async () => {
      const left = mergeHome(folder, tell) ?? (await removeHome(context, folder));
      if (left === undefined) return;
      const kept = join(homesOf(context), basename(folder).replace('run-', 'kept-'));
      renameFile(folder, kept);
      // Printed even with --silent: this is the only report.
      context.terminal.say(`codemie: ${left}; the files are in ${kept}.`);
    });
  } catch (error) {
    tell(mergeFailed(folder, error));
  }
}

/** @returns a phrase that names what could not be brought back and why; undefined when everything was. */
function mergeHome(folder: string, tell: (message: string) => void): string | undefined {
  try {
    const run = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as RunOfHome;
    const { messages, left } = mergeBack(folder, run);
    for (const message of messages) tell(message);
    const [first] = left;
    if (first === undefined) return undefined;
    const more = left.length > 3 ? ` and ${left.length - 3} more` : '';
    const names = left.slice(0, 3).map(({ path }) => join(run.home, path));
    return `couldn't save ${names.join(', ')}${more} (${messageOf(first.error)})`;
  } catch (error) {
    return `couldn't save the agent's changes (${messageOf(error)})`;
  }
}

async function removeHome(context: Context, folder: string): Promise<string | undefined> {
  const reason = await tidyFolder(folder, context);
  return reason && `couldn't delete the agent's home of this run (${reason})`;
}

function mergeFailed(folder: string, error: unknown): string {
  return `couldn't save the agent's changes (${messageOf(error)}); they are in ${folder}, and the next launch will try again.`;
}
