import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { copyTree } from '../../system/copy-tree.ts';
import { messageOf } from '../../system/errors.ts';
import { removeFolder, replaceFile } from '../../system/files.ts';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import { identityOf, realPath } from '../../system/real-path.ts';
import { renameFile } from '../../system/rename.ts';
import type { PrivateHome } from '../adapters/adapter.ts';

/** What a run records about its private home, stored beside it so that a later launch can recover after a kill. */
export interface RunOfHome extends Pick<PrivateHome, 'own' | 'overridden' | 'address' | 'withHomePaths'> {
  /** Name of the home folder inside the run's folder. */
  readonly home: string;
  /** Stamps of the user's files at the start of the run; a file without a stamp did not exist. */
  readonly stamps: Readonly<Record<string, string>>;
}

/** A path in a private home that could not be brought back, and why. */
export interface NotMerged {
  readonly path: string;
  readonly error: unknown;
}

/** One merge: where it runs, and how it reports messages and failures. */
interface MergeBack {
  readonly folder: string;
  readonly home: string;
  readonly run: RunOfHome;
  readonly report: (message: string | undefined) => void;
  readonly failed: (path: string, error: unknown) => void;
}

/** Half-written files and locks that a killed agent leaves behind. */
const TRANSIENT = /\.(lock|tmp)$/;
const SETTINGS = 'settings.json';
const RUN_KEY = /codemie-[\w-]{43}/;

/**
 * Copies what an agent wrote in its private home to the user's own folder, each file as a whole and with its mode:
 * new files and folders, files that replaced a link, and changed settings. A user's file that changed during the run
 * is never overwritten: JSON objects are merged (where both changed a value, the run's wins, as the later one), and
 * any other file is written beside it. Our settings, keys and addresses are left out. One failure does not stop the
 * rest.
 *
 * @returns sentences for the user, and what could not be brought back.
 */
export function mergeBack(
  folder: string,
  run: RunOfHome,
): { readonly messages: readonly string[]; readonly left: readonly NotMerged[] } {
  const home = join(folder, run.home);
  const messages: string[] = [];
  const left: NotMerged[] = [];
  const merge: MergeBack = {
    folder,
    home,
    run,
    report: (message) => void (message !== undefined && messages.push(message)),
    failed: (path, error) => void left.push({ path: relative(home, path), error }),
  };
  for (const path of run.withHomePaths.map((name) => join(home, name)).filter(existsSync))
    rewritePaths(merge, path);
  for (const entry of readdirSync(home, { withFileTypes: true })) {
    if (TRANSIENT.test(entry.name)) continue;
    attempt(merge, join(home, entry.name), () => {
      if (entry.isDirectory()) mergeFolder(merge, entry.name);
      else if (entry.isFile()) merge.report(mergeFile(folder, run, entry.name));
    });
  }
  return { messages, left };
}

function rewritePaths({ folder, run, report }: MergeBack, path: string): void {
  try {
    const { bytes, isRewritten } = contentOf(path, folder, run);
    if (isRewritten) replaceFile(realPath(path), bytes, modeOf(path));
  } catch (error) {
    report(`Couldn't check ${realPath(path)} for paths of this run's home (${messageOf(error)}).`);
  }
}

function attempt({ failed }: MergeBack, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    failed(path, error);
  }
}

function mergeFile(folder: string, run: RunOfHome, name: string): string | undefined {
  const from = join(folder, run.home, name);
  const target = realPath(join(run.own, name));
  // A hard link, which stands for a symbolic link on Windows: the agent wrote to the user's own file.
  if (identityOf(from) === identityOf(target)) return undefined;
  const { bytes } = contentOf(from, folder, run);
  const ours = objectIn(withoutComments(bytes.toString('utf8')));
  const before = objectIn(textOf(join(folder, 'before', name))) ?? {};
  const isSettings = name === SETTINGS;
  const isChanged = isSettings || stampOf(target) !== run.stamps[name];
  if (isRecord(ours) && isChanged) {
    const text = textOf(target);
    const theirs = text === undefined ? {} : objectIn(withoutComments(text));
    if (isRecord(theirs)) return mergeInto(target, text, theirs, merged({ run }, before, ours, theirs));
  }
  // Settings that are not valid JSON were half-written when the agent was killed.
  const data = isSettings ? ours && pretty(merged({ run }, before, ours, {})) : bytes;
  if (data === undefined || textOf(target) === data.toString()) return undefined;
  if (holdsRunSecret(run, data.toString()))
    return `${name} contains the gateway key or address of this run, so it was not saved.`;
  if (isChanged) return writeBeside(target, data, modeOf(from), folder);
  replaceFile(target, data, modeOf(from));
  return undefined;
}

function mergeInto(
  target: string,
  text: string | undefined,
  theirs: unknown,
  value: unknown,
): string | undefined {
  if (isDeepStrictEqual(value, theirs)) return undefined;
  const mode = text === undefined ? 0o600 : modeOf(target);
  const hadComments = text !== undefined && objectIn(text) === undefined;
  const copy = `${target}.with-comments`;
  if (hadComments) replaceFile(copy, text, mode);
  replaceFile(target, pretty(value), mode);
  return hadComments
    ? `The agent changed ${target}. The previous version, with its comments, is in ${copy}.`
    : undefined;
}

/** A missing folder is copied as a whole; an existing one gets only the entries it lacks. */
function mergeFolder(merge: MergeBack, name: string): void {
  const source = join(merge.home, name);
  const target = realPath(join(merge.run.own, name));
  const entries = readdirSync(source, { withFileTypes: true });
  if (entries.length === 0) return;
  if (!existsSync(target)) return copyWhole(merge, source, target);
  for (const entry of entries)
    attempt(merge, join(source, entry.name), () => {
      if (entry.isDirectory()) mergeFolder(merge, join(name, entry.name));
      else mergeEntry(merge, join(source, entry.name), join(target, entry.name), entry);
    });
}

function mergeEntry(merge: MergeBack, from: string, to: string, entry: Dirent): void {
  if (!existsSync(to)) copyWhole(merge, from, to);
  else if (entry.isFile() && !readFileSync(from).equals(readFileSync(to)))
    merge.report(writeBeside(to, readFileSync(from), modeOf(from), merge.folder));
}

function copyWhole({ failed }: MergeBack, from: string, to: string): void {
  const temporary = `${to}.${process.pid}.codemie.tmp`;
  try {
    copyTree(from, temporary, failed);
    if (lstatSync(temporary, { throwIfNoEntry: false }) !== undefined) renameFile(temporary, to);
  } finally {
    removeFolder(temporary);
  }
}

function writeBeside(target: string, data: string | Uint8Array, mode: number, folder: string): string {
  const beside = `${target}.from-${basename(folder)}`;
  replaceFile(beside, data, mode);
  return `${target} changed while the agent was running. The agent's version is in ${beside}.`;
}

/**
 * Applies the changes from `before` to `ours` onto `theirs`; values that codemie overrode for the run stay as they
 * are there.
 */
function merged(
  { run, path = '' }: { run: RunOfHome; path?: string },
  before: unknown,
  ours: unknown,
  theirs: unknown,
): unknown {
  if (isDeepStrictEqual(before, ours) || run.overridden.includes(path)) return theirs;
  if (!isRecord(ours)) return holdsRunSecret(run, JSON.stringify(ours) ?? '') ? theirs : ours;
  const [was, now] = [before, theirs].map((value) => (isRecord(value) ? value : {})) as [Fields, Fields];
  const names = new Set([...Object.keys(now), ...Object.keys(ours)]);
  const entries = [...names]
    .map((name) => {
      const below = { run, path: path === '' ? name : `${path}.${name}` };
      return [name, merged(below, was[name], ours[name], now[name])] as const;
    })
    .filter(([, value]) => value !== undefined);
  if (entries.length === 0 && theirs === undefined && Object.keys(ours).length > 0) return undefined;
  return Object.fromEntries(entries);
}

type Fields = Readonly<Record<string, unknown>>;

function holdsRunSecret({ address }: RunOfHome, text: string): boolean {
  return text.includes(address) || RUN_KEY.test(text);
}

/** A file's content, with paths of the private home changed back to the user's home. */
function contentOf(
  path: string,
  folder: string,
  { own }: RunOfHome,
): { readonly bytes: Buffer; readonly isRewritten: boolean } {
  const bytes = readFileSync(path);
  const [from, to] = [spellings(folder), spellings(dirname(own))];
  if (!from.some((name) => bytes.includes(name))) return { bytes, isRewritten: false };
  // Latin-1 leaves bytes that are not text as they are.
  const latin1 = (name: string): string => Buffer.from(name).toString('latin1');
  const text = from.reduce(
    (rest, name, index) => rest.replaceAll(latin1(name), () => latin1(to[index] ?? name)),
    bytes.toString('latin1'),
  );
  return { bytes: Buffer.from(text, 'latin1'), isRewritten: true };
}

/** How a file may spell a path: as it is, in a JSON text, or with `/`. They differ on Windows only. */
function spellings(path: string): readonly string[] {
  return [path, JSON.stringify(path).slice(1, -1), path.replaceAll('\\', '/')];
}

/** @returns a stamp that changes when the file changes; undefined when there is no file, or it cannot be read. */
export function stampOf(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  return stampOf(path) === undefined ? undefined : readFileSync(path, 'utf8');
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
