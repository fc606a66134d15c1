import { copyFileSync, linkSync, type Stats, statSync, symlinkSync } from 'node:fs';
import { realPath } from './real-path.ts';

/**
 * Makes a path lead to a file or folder. Most Windows accounts may not make symbolic links: there a folder gets a junction,
 * and a file a hard link, or a copy where it is on another drive; a missing file gets nothing.
 */
export function linkTo(target: string, path: string, platform: NodeJS.Platform): void {
  if (platform !== 'win32') return symlinkSync(target, path);
  const stat = statOf(target);
  if (stat?.isDirectory() === true) return linkFolder(target, path);
  if (stat?.isFile() !== true) return;
  try {
    linkSync(realPath(target), path);
  } catch {
    copyFileSync(target, path);
  }
}

/** Some network drives have no junctions. */
function linkFolder(target: string, path: string): void {
  try {
    symlinkSync(target, path, 'junction');
  } catch {
    symlinkSync(target, path, 'dir');
  }
}

/** A link to itself leads nowhere. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
