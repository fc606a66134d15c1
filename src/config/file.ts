import { dirname, join } from 'node:path';
import { type Advice, CodemieError, messageOf, systemCode } from '../system/errors.ts';
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
 * @throws CONFIG_BROKEN, naming the file and line; CONFIG_INVALID, naming the field. Exit 9.
 */
export function readConfig(home: string): Config {
  const path = configPath(home);
  const text = readSettings(path);
  if (text === undefined) return EMPTY_CONFIG;
  return parseConfig(parseJson(text, path, RESET), path, RESET);
}

function readSettings(path: string): string | undefined {
  try {
    return readTextIfAny(path);
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR')
      throw new CodemieError({
        code: 'CONFIG_BROKEN',
        message: `${dirname(path)} is not a folder, so it can't hold settings.`,
        hint: 'Set CODEMIE_HOME to a folder, or unset it. If it is not set, move that file away.',
      });
    throw new CodemieError({
      code: 'CONFIG_BROKEN',
      message: `${path} can't be read (${systemCode(error) ?? messageOf(error)}).`,
      hint: 'Make it a file that you can read, or move it away to start with new settings.',
      cause: error,
    });
  }
}

/** @returns a sentence about a settings file that is there and empty, as a full disk or a crash leaves it. */
export function emptyFileNotice(home: string): string | undefined {
  const path = configPath(home);
  return readSettings(path)?.trim() === '' ? `${path} is empty, so nothing is set up.` : undefined;
}

/** What helps with the user's own file; for a folder's file it would delete the wrong settings. */
const RESET: Advice = {
  fix: 'codemie config reset',
  hint: 'Correct it, or reset the settings (a backup is kept).',
};
const CORRECT: Advice = { hint: 'Correct it, or move it away.' };

/** An empty settings file counts as an empty object. */
function emptyOr(text: string): string {
  return text.trim() === '' ? '{}' : text;
}

/** @throws CONFIG_BROKEN (9), naming the line. */
export function parseJson(text: string, path: string, advice: Advice = CORRECT): unknown {
  try {
    return JSON.parse(emptyOr(text));
  } catch {
    throw broken(path, text, advice);
  }
}

/** @throws CONFIG_INVALID (9). */
export function parseConfig(value: unknown, path: string, advice: Advice = CORRECT): Config {
  const invalid = (why: string): CodemieError => invalidFile(path, why, advice);
  if (!isRecord(value)) throw invalid(`it must be a JSON object, not ${kindOf(value)}`);
  // Version 1 has the fields of one profile at the top level, so a file with profiles is version 2 even if it does
  // not say so.
  const version = value['version'] ?? (Object.hasOwn(value, 'profiles') ? 2 : undefined);
  if (version === undefined || version === 1) {
    if (Object.keys(value).length === 0) return EMPTY_CONFIG;
    const { version: _version, ...fields } = value;
    return {
      version: 2,
      activeProfile: DEFAULT_PROFILE,
      profiles: { [DEFAULT_PROFILE]: profileOf(DEFAULT_PROFILE, fields, invalid) },
    };
  }
  if (typeof version === 'number' && version > 2) throw newer(path, version);
  if (version !== 2) throw invalid(`"version" must be 1 or 2, not ${JSON.stringify(version).slice(0, 40)}`);
  const profiles: Record<string, Profile> = {};
  const stored = value['profiles'] ?? {};
  if (!isRecord(stored)) throw invalid(`"profiles" must be an object, not ${kindOf(stored)}`);
  for (const [name, fields] of Object.entries(stored)) profiles[name] = profileOf(name, fields, invalid);
  requireTexts(value, COMMON_TEXTS, '', invalid);
  return { ...withoutNulls(value), version: 2, profiles };
}

const COMMON_TEXTS = ['activeProfile', 'caFile', 'plugin', 'metrics'];
const TEXT_FIELDS = [
  'provider',
  'codeMieUrl',
  'apiUrl',
  'codeMieProject',
  'baseUrl',
  'model',
  'haikuModel',
  'sonnetModel',
  'opusModel',
  'authMethod',
  'issuer',
  'clientId',
];
/** Fields that are objects, and the text that we read from each. */
const OBJECT_FIELDS = { codeMieIntegration: 'id', jwtConfig: 'tokenEnvVar' };

type Invalid = (why: string) => CodemieError;

function profileOf(name: string, fields: unknown, invalid: Invalid): Profile {
  if (!isRecord(fields)) throw invalid(`profile "${name}" must be an object, not ${kindOf(fields)}`);
  const of = ` of profile "${name}"`;
  requireTexts(fields, TEXT_FIELDS, of, invalid);
  for (const [field, inner] of Object.entries(OBJECT_FIELDS)) {
    const value = fields[field] ?? {};
    if (!isRecord(value)) throw invalid(`"${field}"${of} must be an object, not ${kindOf(value)}`);
    requireTexts(value, [inner], ` in "${field}"${of}`, invalid);
  }
  const reference = fields['credential'] ?? undefined;
  if (
    reference !== undefined &&
    !(isRecord(reference) && typeof reference['store'] === 'string' && typeof reference['id'] === 'string')
  ) {
    throw invalid(`"credential"${of} must name a store and an id`);
  }
  return { ...withoutNulls(fields), name } as Profile;
}

function requireTexts(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
  where: string,
  invalid: Invalid,
): void {
  for (const name of names) {
    const value = fields[name] ?? '';
    if (typeof value !== 'string') throw invalid(`"${name}"${where} must be a string, not ${kindOf(value)}`);
  }
}

/** Null counts as not set. */
function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return { object: 'an object', boolean: 'true or false' }[String(typeof value)] ?? `a ${typeof value}`;
}

function broken(path: string, text: string, advice: Advice): CodemieError {
  const message = `${path} isn't valid JSON (line ${brokenLine(text)}).`;
  return new CodemieError({ code: 'CONFIG_BROKEN', message, ...advice });
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

function invalidFile(path: string, why: string, advice: Advice): CodemieError {
  return new CodemieError({ code: 'CONFIG_INVALID', message: `${path} can't be used: ${why}.`, ...advice });
}

function newer(path: string, version: number): CodemieError {
  return new CodemieError({
    code: 'CONFIG_INVALID',
    message: `${path} was written by a newer codemie (settings version ${version}; this one reads 1 and 2).`,
    fix: 'npm install -g codemie@latest',
  });
}
