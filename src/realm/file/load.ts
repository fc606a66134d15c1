import { resolve } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { readText } from '../../system/decode-text.ts';
import type { Env } from '../../system/env.ts';
import { messageOf, systemCode, usageError } from '../../system/errors.ts';
import { parseJsonc } from '../../system/jsonc.ts';
import { rememberSecret } from '../../system/redact.ts';
import { isSecretField } from '../model/security.ts';
import { isObject, type Json, type JsonObject, textsWithin } from '../model/values.ts';
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
    rememberSecrets(document);
    const place = placeWithoutName(document);
    if (place !== undefined) throw withoutName(file, place);
    return document;
  });
}

/** A server may repeat what it was sent in an error. */
function rememberSecrets(document: Json): void {
  // A list of secrets stands below the name of one.
  for (const [place, text] of textsWithin(document))
    if (isSecretField(place.replace(/(\[\d+\])+$/, ''))) rememberSecret(text);
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
    return readText(resolve(cwd, file));
  } catch (error) {
    throw notARealm(file, REASONS[systemCode(error) ?? ''] ?? messageOf(error));
  }
}

/** @returns whether a file is JSON, which may begin with a comment, and not YAML. */
export function isJson(text: string): boolean {
  return /^\s*([{[]|\/[/*])/.test(text);
}

function parse(text: string, file: string): Json {
  if (isJson(text)) {
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
    return contentOf(document);
  } catch (error) {
    throw notARealm(file, whatIsWrong(messageOf(error)));
  }
}

/**
 * @returns what a YAML document holds.
 * @throws Error for aliases that grow without end, and for one inside its own anchor: a value that holds itself.
 */
export function contentOf(document: Document): Json {
  const content = document.toJS() as Json;
  JSON.stringify(content);
  return content;
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
