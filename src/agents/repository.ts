import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** The repository and branch of a folder, read from its metadata without running git. */
export interface WorkingRepository {
  /** `owner/name` of the remote `origin`, else the folder's name. */
  readonly repository: string;
  /** Empty outside a repository, and when no branch is checked out. */
  readonly branch: string;
}

const MOST_LEVELS = 64;
const LARGEST = 1_048_576;

export function workingRepositoryOf(cwd: string): WorkingRepository {
  const root = repositoryRootOf(cwd);
  const metadata = root && metadataOf(root);
  if (root === undefined || metadata === undefined) return { repository: basename(resolve(cwd)), branch: '' };
  const head = textOf(join(metadata, 'HEAD')) ?? '';
  return {
    repository: remoteOf(metadata) ?? basename(root),
    branch: /^ref: refs\/heads\/(\S{1,200})\s*$/.exec(head)?.[1] ?? '',
  };
}

/** @returns the nearest folder upwards that has a `.git`; undefined outside a repository. */
export function repositoryRootOf(cwd: string): string | undefined {
  let folder = resolve(cwd);
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    if (metadataOf(folder) !== undefined) return folder;
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}

/** The `.git` folder, or the folder a `.git` file points to, as in a worktree. */
function metadataOf(folder: string): string | undefined {
  const path = join(folder, '.git');
  if (isFolder(path)) return path;
  const target = /^gitdir: (.+)/.exec(textOf(path) ?? '')?.[1]?.trim();
  return target === undefined ? undefined : resolve(folder, target);
}

/** Keeps only the last two path segments of the URL, because it may contain a password. */
function remoteOf(metadata: string): string | undefined {
  const common = textOf(join(metadata, 'commondir'))?.trim();
  const config = textOf(join(common === undefined ? metadata : resolve(metadata, common), 'config')) ?? '';
  const origin = /^\[remote "origin"\]\s*\n((?:[ \t].*\n?)*)/m.exec(config)?.[1];
  const url = /^[ \t]*url[ \t]*=[ \t]*(\S+)[ \t]*\r?$/m.exec(origin ?? '')?.[1];
  return /([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec((url ?? '').slice(-500))?.[1];
}

/** Any error, such as a link to itself, means that it is not a folder. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function textOf(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= LARGEST ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
