import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Env } from '../../system/env.ts';
import { messageOf, systemCode, usageError } from '../../system/errors.ts';
import { parseJsonc } from '../../system/jsonc.ts';
import { rememberSecret } from '../../system/redact.ts';
import { isSecretField } from '../model/security.ts';
import { isList, isObject, type Json, type JsonObject } from '../model/values.ts';
import { placeWithoutName } from './names.ts';
import { withVariables } from './variables.ts';

/**
 * Reads realm files: Keycloak's realm representation, whole or in part, as JSON or YAML.
 *
 * @param cwd the folder that relative paths start from.
 * @throws REALM_FILE for one that cannot be read, is not such a file, or has an object without a name; USAGE for a
 *   variable that is not set.
 */
export function loadRealmFiles(files: readonly string[], cwd: string, env: Env): readonly JsonObject[] {
  return files.map((file) => {
    const document = withVariables(readRealmFile(file, cwd).document, env, file);
    if (!isObject(document)) return {};
    rememberSecrets(document, '');
    const place = placeWithoutName(document);
    if (place !== undefined) throw withoutName(file, place);
    return document;
  });
}

/** A server may repeat what it was sent in an error. */
function rememberSecrets(value: Json, path: string): void {
  if (typeof value === 'string') {
    if (isSecretField(path)) rememberSecret(value);
  } else if (isList(value)) {
    for (const item of value) rememberSecrets(item, path);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value))
      rememberSecrets(member, path === '' ? name : `${path}.${name}`);
  }
}

/**
 * Reads one realm file as it stands, with its variables.
 *
 * @throws REALM_FILE.
 */
export function readRealmFile(
  file: string,
  cwd: string,
): { readonly text: string; readonly document: JsonObject } {
  if (isTemplate(file)) throw aTemplate(file);
  const text = readRealmText(file, cwd);
  const document = parse(text, file);
  if (isObject(document)) return { text, document };
  throw notARealm(file, 'it does not hold an object');
}

/** @returns whether a file is a template of one, by its name. */
export function isTemplate(file: string): boolean {
  return file.endsWith('.j2');
}

function aTemplate(file: string) {
  return usageError(
    `${file} is a template, not a realm file.`,
    { hint: 'Render it first with codemie realm render, and give the rendered file.' },
    'REALM_FILE',
  );
}

/** Objects are compared by their names, and Keycloak would refuse this one in the middle of an apply. */
function withoutName(file: string, place: string) {
  return usageError(
    `${file} has an object without a name: ${place} is missing.`,
    { hint: `Write ${place}, or remove the object.` },
    'REALM_FILE',
  );
}

/** Node's own texts show the whole path, and a part of the file for JSON. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
};

/** @throws REALM_FILE. */
export function readRealmText(file: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw notARealm(file, REASONS[systemCode(error) ?? ''] ?? messageOf(error));
  }
}

function parse(text: string, file: string): Json {
  if (/^\s*([{[]|\/[/*])/.test(text)) {
    try {
      return parseJsonc(text).value as Json;
    } catch (error) {
      throw notARealm(file, messageOf(error));
    }
  }
  const document = parseDocument(text, { uniqueKeys: true });
  const [problem] = document.errors;
  if (problem?.code === 'MULTIPLE_DOCS') throw notARealm(file, 'it holds several YAML documents');
  if (problem !== undefined) throw notARealm(file, whatIsWrong(problem.message));
  try {
    const content = document.toJS() as Json;
    // An alias inside its own anchor makes a value that holds itself.
    JSON.stringify(content);
    return content;
  } catch (error) {
    // Aliases that grow without end.
    throw notARealm(file, whatIsWrong(messageOf(error)));
  }
}

function whatIsWrong(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/[:.]$/, '');
}

function notARealm(file: string, reason: string) {
  return usageError(
    `${file} cannot be used as a realm file: ${reason}.`,
    { hint: "Give a file in the form of Keycloak's realm export, as JSON or YAML." },
    'REALM_FILE',
  );
}
