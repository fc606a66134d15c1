import { join } from 'node:path';
import { CodemieError, messageOf, systemCode } from '../system/errors.ts';
import { readTextIfAny } from '../system/files.ts';
import { isRecord } from '../system/json.ts';
import { type Config, DEFAULT_PROFILE, EMPTY_CONFIG, type Profile } from './profile.ts';

export const CONFIG_NAME = 'codemie-cli.config';

/** @returns the path of the configuration file in CODEMIE_HOME. */
export function configPath(home: string): string {
  return join(home, `${CONFIG_NAME}.json`);
}

/**
 * Reads the configuration. A missing file counts as empty; a broken one does not.
 *
 * @throws CONFIG_BROKEN, naming the file and line; CONFIG_INVALID if its structure is unknown. Exit 9.
 */
export function readConfig(home: string): Config {
  const path = configPath(home);
  const text = readSettings(path);
  if (text === undefined) return EMPTY_CONFIG;
  return parseConfig(parseJson(text, path), path);
}

function readSettings(path: string): string | undefined {
  try {
    return readTextIfAny(path);
  } catch (error) {
    throw new CodemieError({
      code: 'CONFIG_BROKEN',
      message: `${path} can't be read (${systemCode(error) ?? messageOf(error)}).`,
      hint: 'Make it a file that you can read, or move it away to start with new settings.',
      cause: error,
    });
  }
}

/** An empty settings file counts as an empty object. */
function emptyOr(text: string): string {
  return text.trim() === '' ? '{}' : text;
}

/** @throws CONFIG_BROKEN (9), naming the line. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(emptyOr(withoutMark(text)));
  } catch {
    throw broken(path, withoutMark(text));
  }
}

/** Windows editors may add a byte order mark. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

/** @throws CONFIG_INVALID (9). */
export function parseConfig(value: unknown, path: string): Config {
  if (!isRecord(value)) throw invalid(path, 'it is not a JSON object');
  // Version 1 has the fields of one profile at the top level, so a file with profiles is version 2 even if it does
  // not say so.
  const version = value['version'] ?? (Object.hasOwn(value, 'profiles') ? 2 : undefined);
  if (version === undefined || version === 1) {
    if (Object.keys(value).length === 0) return EMPTY_CONFIG;
    const { version: _version, ...fields } = value;
    return {
      version: 2,
      activeProfile: DEFAULT_PROFILE,
      profiles: { [DEFAULT_PROFILE]: profileOf(DEFAULT_PROFILE, fields, path) },
    };
  }
  if (typeof version === 'number' && version > 2) throw newer(path, version);
  if (version !== 2)
    throw invalid(path, `its version is ${JSON.stringify(version)}; this version of codemie reads 1 and 2`);
  const profiles: Record<string, Profile> = {};
  const stored = value['profiles'] ?? {};
  if (!isRecord(stored)) throw invalid(path, '"profiles" is not an object');
  for (const [name, fields] of Object.entries(stored)) profiles[name] = profileOf(name, fields, path);
  const active = value['activeProfile'];
  if (active !== undefined && typeof active !== 'string')
    throw invalid(path, '"activeProfile" is not a string');
  const ca = value['caFile'];
  if (ca !== undefined && typeof ca !== 'string') throw invalid(path, '"caFile" is not a string');
  return { ...value, version: 2, ...(active === undefined ? {} : { activeProfile: active }), profiles };
}

const TEXT_FIELDS = [
  'provider',
  'codeMieUrl',
  'apiUrl',
  'codeMieProject',
  'baseUrl',
  'model',
  'authMethod',
  'issuer',
  'clientId',
];

function profileOf(name: string, fields: unknown, path: string): Profile {
  if (!isRecord(fields)) throw invalid(path, `profile "${name}" is not an object`);
  for (const field of TEXT_FIELDS) {
    const value = fields[field];
    if (value !== undefined && typeof value !== 'string')
      throw invalid(path, `"${field}" of profile "${name}" is not a string`);
  }
  const reference = fields['credential'];
  if (
    reference !== undefined &&
    !(isRecord(reference) && typeof reference['store'] === 'string' && typeof reference['id'] === 'string')
  ) {
    throw invalid(path, `"credential" of profile "${name}" is not a reference`);
  }
  return { ...fields, name } as Profile;
}

function broken(path: string, text: string): CodemieError {
  return new CodemieError({
    code: 'CONFIG_BROKEN',
    message: `${path} isn't valid JSON (line ${brokenLine(text)}).`,
    fix: 'codemie config reset',
    hint: 'Fix that line, or reset the settings (a backup is kept).',
  });
}

/**
 * The first line after which the text is wrong and not just incomplete, because not every engine reports the
 * position. Uses a binary search, since the file may be untrusted and long.
 */
function brokenLine(text: string): number {
  const lines = text.split('\n');
  let [first, last] = [1, lines.length];
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if (isWrong(`${lines.slice(0, middle).join('\n')}\n`)) last = middle;
    else first = middle + 1;
  }
  return first;
}

/** @returns whether no continuation can make this prefix valid JSON. */
function isWrong(start: string): boolean {
  try {
    JSON.parse(start);
    return false;
  } catch (error) {
    const message = messageOf(error);
    const at = /at position (\d+)/.exec(message)?.[1];
    return !/end of JSON input|Unterminated/.test(message) && at !== String(start.length);
  }
}

function invalid(path: string, why: string): CodemieError {
  return new CodemieError({
    code: 'CONFIG_INVALID',
    message: `${path} can't be used: ${why}.`,
    fix: 'codemie config reset',
    hint: 'Fix the file, or reset the settings (a backup is kept).',
  });
}

function newer(path: string, version: number): CodemieError {
  return new CodemieError({
    code: 'CONFIG_INVALID',
    message: `${path} was written by a newer codemie (settings version ${version}; this one reads 1 and 2).`,
    fix: 'npm install -g codemie@latest',
  });
}
