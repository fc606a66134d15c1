import {
  type Dirent,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { copyTree } from '../../system/copy-tree.ts';
import { messageOf } from '../../system/errors.ts';
import { removeFolder, replaceFile } from '../../system/files.ts';
import { isRecord, objectIn, withoutComments } from '../../system/json.ts';
import { renameFile } from '../../system/rename.ts';
import type { PrivateHome } from '../adapters/adapter.ts';

/** What is known of the private home of one run; kept beside it for the launch after a kill. */
export interface RunOfHome extends Pick<PrivateHome, 'own' | 'bent' | 'address' | 'mend'> {
  /** Name of the home's folder inside the folder of the run. */
  readonly home: string;
  /** What the person's files were at the start; a file that is not here was not there. */
  readonly stamps: Readonly<Record<string, string>>;
}

/** What of a private home could not be brought back: a path in it, and why. */
export interface NotMerged {
  readonly path: string;
  readonly error: unknown;
}

/** One homecoming: what is told the person, and what had to be left. */
interface MergeBack {
  readonly folder: string;
  readonly home: string;
  readonly run: RunOfHome;
  readonly told: (message: string | undefined) => void;
  readonly failed: (path: string, error: unknown) => void;
}

/** Half-written files and locks of an agent that was killed. */
const PASSING = /\.(lock|tmp)$/;
const SETTINGS = 'settings.json';
const RUN_KEY = /codemie-[\w-]{43}/;

/**
 * Brings what an agent wrote in its private home to the person's own folder, each file as a whole and with its mode: new
 * files and folders, files that took the place of a link, and changed settings. A file of the person's that changed
 * during the run is never overwritten: JSON objects are merged (where both changed one value, the run's is the later one),
 * anything else is put beside it. Our settings, keys and addresses stay behind. What cannot be brought keeps nothing else back.
 *
 * @returns sentences for the person, and what is still where it was.
 */
export function mergeBack(
  folder: string,
  run: RunOfHome,
): { readonly messages: readonly string[]; readonly left: readonly NotMerged[] } {
  const home = join(folder, run.home);
  const messages: string[] = [];
  const left: NotMerged[] = [];
  const trip: MergeBack = {
    folder,
    home,
    run,
    told: (message) => void (message !== undefined && messages.push(message)),
    failed: (path, error) => void left.push({ path: relative(home, path), error }),
  };
  for (const path of run.mend.map((name) => join(home, name)).filter(existsSync)) rewritePaths(trip, path);
  for (const entry of readdirSync(home, { withFileTypes: true })) {
    if (PASSING.test(entry.name)) continue;
    attempt(trip, join(home, entry.name), () => {
      if (entry.isDirectory()) bringFolder(trip, entry.name);
      else if (entry.isFile()) trip.told(bringFile(folder, run, entry.name));
    });
  }
  return { messages, left };
}

function rewritePaths({ folder, run, told }: MergeBack, path: string): void {
  try {
    const { bytes, isMended } = contentOf(path, folder, run);
    if (isMended) replaceFile(realpathSync(path), bytes, modeOf(path));
  } catch (error) {
    told(`${place(path)} could not be looked at for places in the home of this run (${messageOf(error)}).`);
  }
}

function attempt({ failed }: MergeBack, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    failed(path, error);
  }
}

function bringFile(folder: string, run: RunOfHome, name: string): string | undefined {
  const from = join(folder, run.home, name);
  const target = place(join(run.own, name));
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
  // Settings that are no JSON were being written when the agent was killed.
  const data = isSettings ? ours && pretty(merged({ run }, before, ours, {})) : bytes;
  if (data === undefined || textOf(target) === data.toString()) return undefined;
  if (isOurs(run, data.toString()))
    return `${name} holds the key or address of this run, so it was not kept.`;
  if (isChanged) return putBeside(target, data, modeOf(from), folder);
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
    ? `${target} was changed by the agent; what it was, with its comments, is in ${copy}.`
    : undefined;
}

/** A folder that is not there appears as a whole; into one that is, only what is missing goes. */
function bringFolder(trip: MergeBack, name: string): void {
  const source = join(trip.home, name);
  const target = place(join(trip.run.own, name));
  const entries = readdirSync(source, { withFileTypes: true });
  if (entries.length === 0) return;
  if (!existsSync(target)) return copyWhole(trip, source, target);
  for (const entry of entries)
    attempt(trip, join(source, entry.name), () => {
      if (entry.isDirectory()) bringFolder(trip, join(name, entry.name));
      else bringInto(trip, join(source, entry.name), join(target, entry.name), entry);
    });
}

function bringInto(trip: MergeBack, from: string, to: string, entry: Dirent): void {
  if (!existsSync(to)) copyWhole(trip, from, to);
  else if (entry.isFile() && !readFileSync(from).equals(readFileSync(to)))
    trip.told(putBeside(to, readFileSync(from), modeOf(from), trip.folder));
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

function putBeside(target: string, data: string | Uint8Array, mode: number, folder: string): string {
  const beside = `${target}.from-${basename(folder)}`;
  replaceFile(beside, data, mode);
  return `${target} was changed while the agent ran; what the agent wrote there is in ${beside}.`;
}

/** What changed from `before` to `ours`, laid over `theirs`; what is ours of the run is left as it is there. */
function merged(
  { run, path = '' }: { run: RunOfHome; path?: string },
  before: unknown,
  ours: unknown,
  theirs: unknown,
): unknown {
  if (isDeepStrictEqual(before, ours) || run.bent.includes(path)) return theirs;
  if (!isRecord(ours)) return isOurs(run, JSON.stringify(ours) ?? '') ? theirs : ours;
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

function isOurs({ address }: RunOfHome, text: string): boolean {
  return text.includes(address) || RUN_KEY.test(text);
}

/** A file's content, with the person's home where it names the private one. */
function contentOf(
  path: string,
  folder: string,
  { own }: RunOfHome,
): { readonly bytes: Buffer; readonly isMended: boolean } {
  const bytes = readFileSync(path);
  if (!bytes.includes(folder)) return { bytes, isMended: false };
  const [from, to] = [folder, dirname(own)].map((name) => Buffer.from(name).toString('latin1')) as [
    string,
    string,
  ];
  return { bytes: Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1'), isMended: true };
}

/** Where a file really is: the person may have linked it to a place of their own. */
function place(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** @returns what tells one state of a file from another; undefined for none, and where it cannot be told. */
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
