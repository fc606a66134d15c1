import { type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { readText } from '../../system/decode-text.ts';
import { sha256 } from '../../system/digest.ts';
import { CodemieError, systemCode } from '../../system/errors.ts';
import { identityOf, realPath } from '../../system/real-path.ts';
import { CONFIG_NAME, parseConfig, parseJson } from '../file.ts';
import type { Profile } from '../profile.ts';
import { SETTINGS, type Setting } from '../settings-table.ts';

/** Settings that came with a working tree: a `.codemie` file, a `.env`, or both, in one folder. */
export interface ProjectSettings {
  readonly folder: string;
  /** The profile it names, if any. */
  readonly profileName: string | undefined;
  /** Fields that override the user's profile. */
  readonly fields: Partial<Profile>;
  /** `CODEMIE_*` lines of the `.env`. */
  readonly env: Readonly<Record<string, string>>;
  /** Changes with everything that trust covers (SHA-256, hex). */
  readonly digest: string;
}

export interface WorkingPlace {
  readonly cwd: string;
  /** Our own folder, which never counts as a project's. */
  readonly home: string;
  readonly userHome: string;
}

/** Fields that do not decide where a credential is sent, or which one; they apply without trust. */
const HARMLESS = fieldsThat('always');
/**
 * The profile fields that a folder may set at all. Where a credential is stored, and whose it is, only the user
 * decides.
 */
const KNOWN = new Set([...HARMLESS, ...fieldsThat('trusted')]);

function fieldsThat(folderMay: Setting['folderMay']): ReadonlySet<string> {
  const settings = SETTINGS.filter((setting) => setting.folderMay === folderMay);
  return new Set(settings.flatMap(({ field = [] }) => field.map((path) => path.replace(/\..*/, ''))));
}

/** Untrusted files are read by every command, so larger files than any settings need are not read. */
const LONGEST = { settings: 65_536, env: 1_048_576 } as const;
const MOST_LEVELS = 64;

/**
 * The nearest settings from the working folder upwards, up to the root of a repository, the home folder or the file
 * system. The home folder's own `.codemie` belongs to the user and is never a project's.
 *
 * @throws CONFIG_BROKEN, CONFIG_INVALID (9), naming file and line.
 */
export function readProject(place: WorkingPlace): ProjectSettings | undefined {
  // The shell may spell a folder in another way than HOME: `c:\Users\me` is `C:\Users\me`.
  const stop = identityOf(place.userHome);
  let folder = realPath(place.cwd);
  const owners = ownersFor(folder);
  for (let level = 0; level < MOST_LEVELS && identityOf(folder) !== stop; level += 1) {
    const found = settingsIn(folder, place.home, owners);
    if (found !== undefined) return found;
    const parent = dirname(folder);
    if (parent === folder || exists(join(folder, '.git'))) return undefined;
    folder = parent;
  }
  return undefined;
}

function settingsIn(folder: string, home: string, owners: Owners): ProjectSettings | undefined {
  const path = join(folder, '.codemie', `${CONFIG_NAME}.json`);
  const text = isOurs(dirname(path), home) ? undefined : ordinaryText(path, LONGEST.settings, owners);
  const env = codemieLines(ordinaryText(join(folder, '.env'), LONGEST.env, owners));
  const { fields, profileName } = text === undefined ? NOTHING : fieldsOf(text, path);
  if (Object.keys(fields).length === 0 && Object.keys(env).length === 0) return undefined;
  return {
    folder,
    profileName,
    fields,
    env,
    digest: sha256(JSON.stringify([text ?? '', Object.entries(env).sort()])),
  };
}

/** Every command asks this of every folder upwards, and hardly any has a `.codemie`. */
function isOurs(folder: string, home: string): boolean {
  return statOf(folder) !== undefined && identityOf(folder) === identityOf(home);
}

const NOTHING = { fields: {}, profileName: undefined };

/** A folder's file has the same format as the user's own. Its active profile, or its only one, applies. */
function fieldsOf(text: string, path: string): Pick<ProjectSettings, 'fields' | 'profileName'> {
  const value = parseJson(text, path);
  const { profiles, activeProfile } = parseConfig(value, path);
  const chosen = profiles[activeProfile ?? ''] ?? Object.values(profiles)[0];
  const fields = Object.fromEntries(Object.entries(chosen ?? {}).filter(([name]) => KNOWN.has(name)));
  // Version 1 does not name a profile.
  const isNamed = typeof value === 'object' && value !== null && Object.hasOwn(value, 'profiles');
  return { fields, profileName: isNamed ? (activeProfile ?? chosen?.name) : undefined };
}

/** @returns the names of the settings that need trust. */
export function reservedIn({ fields, env }: ProjectSettings): readonly string[] {
  return [...Object.keys(fields).filter((name) => !HARMLESS.has(name)), ...Object.keys(env)];
}

/** @returns the fields that apply without trust. */
export function harmlessIn({ fields }: ProjectSettings): Partial<Profile> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => HARMLESS.has(name)));
}

function codemieLines(text: string | undefined): Record<string, string> {
  if (text === undefined || !text.includes('CODEMIE_')) return {};
  return Object.fromEntries(
    Object.entries(parseEnv(text)).flatMap(([name, value]) =>
      /^CODEMIE_[A-Z_]+$/.test(name) && typeof value === 'string' ? [[name, value.trim()]] : [],
    ),
  );
}

/** User ids; undefined where files have no owner that Node can name (Windows). */
type Owners = ReadonlySet<number> | undefined;

/**
 * Whose files count: yours, those of the working folder's owner (a container often runs as root in a folder of another
 * user), and root's. Anybody can put a file into a folder above that all users share, such as /tmp.
 */
function ownersFor(folder: string): Owners {
  const uid = process.getuid?.();
  return uid === undefined ? undefined : new Set([uid, statOf(folder)?.uid ?? uid, 0]);
}

/** Reads only regular files of a sensible size: a pipe in a cloned tree would block every command. */
function ordinaryText(path: string, longest: number, owners: Owners): string | undefined {
  const stat = statOf(path);
  if (stat === undefined || !stat.isFile() || owners?.has(stat.uid) === false) return undefined;
  if (stat.size <= longest) return readText(path);
  throw new CodemieError({
    code: 'CONFIG_INVALID',
    message: `${path} is too large for a settings file (the limit is ${longest} bytes).`,
    hint: 'Move it away, or run the command in another folder.',
  });
}

/** A link to itself, or through something that is not a folder, has no settings. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (['ELOOP', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

function exists(path: string): boolean {
  return statOf(path) !== undefined;
}
