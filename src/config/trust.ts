import { join } from 'node:path';
import type { Clock } from '../system/clock.ts';
import { CodemieError } from '../system/errors.ts';
import { readTextIfAny, writeFileAtomic } from '../system/files.ts';
import { realPath } from '../system/real-path.ts';
import type { ProjectSettings } from './layers/folder.ts';

/** Maps a folder (real path) to the digest of its trusted settings. */
type Trusted = Readonly<Record<string, string>>;

interface Place {
  readonly home: string;
  readonly clock: Clock;
}

/** @returns whether the user trusts exactly these settings; any change asks again. */
export function isTrusted(home: string, { folder, digest }: ProjectSettings): boolean {
  const trusted = read(home);
  const path = realPath(folder);
  return Object.hasOwn(trusted, path) && trusted[path] === digest;
}

/** Records that a folder's settings, as they are now, may decide where a credential is sent. */
export async function trust(place: Place, { folder, digest }: ProjectSettings): Promise<void> {
  await change(place, (trusted) => ({ ...trusted, [realPath(folder)]: digest }));
}

/** @returns whether the folder was trusted before. */
export async function distrust(place: Place, folder: string): Promise<boolean> {
  const path = realPath(folder);
  const was = Object.hasOwn(read(place.home), path);
  if (was)
    await change(place, (trusted) =>
      Object.fromEntries(Object.entries(trusted).filter(([name]) => name !== path)),
    );
  return was;
}

async function change({ home, clock }: Place, next: (trusted: Trusted) => Trusted): Promise<void> {
  const { withLock } = await import('../system/lock.ts');
  await withLock(join(home, 'locks', 'trust.lock'), { clock }, async () => {
    const body = { version: 1, folders: next(read(home)) };
    writeFileAtomic(pathIn(home), `${JSON.stringify(body, undefined, 2)}\n`);
  });
}

function pathIn(home: string): string {
  return join(home, 'trusted-folders.json');
}

/** An unreadable file trusts nothing. It is reported instead of being treated as empty and overwritten. */
function read(home: string): Trusted {
  const text = readTextIfAny(pathIn(home));
  if (text === undefined) return {};
  try {
    const { folders } = JSON.parse(text) as { folders?: unknown };
    if (typeof folders === 'object' && folders !== null && !Array.isArray(folders)) return folders as Trusted;
  } catch {
    // Reported below.
  }
  throw new CodemieError({
    code: 'CONFIG_BROKEN',
    message: `Couldn't read ${pathIn(home)}, so no folder is trusted. The file was not changed.`,
    hint: 'Move the file away, then trust your folders again: codemie config trust',
  });
}
