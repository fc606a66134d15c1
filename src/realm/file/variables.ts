import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import { rememberSecret } from '../../system/redact.ts';
import { isSecretName } from '../../system/secret-names.ts';
import { isList, isObject, type Json, textsIn, textsWithin } from '../model/values.ts';

/** Names as the environment has them. Keycloak's own literals, such as `${username}` or `${CLAIM.email}`, do not match. */
const VARIABLE = /\$?\$\{([A-Z][A-Z0-9_]*)(?::([^}]*))?\}/g;

/** The part of a text that can hold variables. Behind the last brace, each open one would be searched to the end. */
const closed = (text: string): string => text.slice(0, text.lastIndexOf('}') + 1);

function replaceIn(
  text: string,
  by: (found: string, name: string, fallback: string | undefined) => string,
): string {
  const part = closed(text);
  return part.replace(VARIABLE, by) + text.slice(part.length);
}

/** The one text in a list that stands for a whole list. */
const LIST_VARIABLE = /^\$\{([A-Z][A-Z0-9_]*_JSON)\}$/;

/**
 * Replaces `${NAME}` and `${NAME:default}` in the texts of a parsed file by variables of the environment. `$${NAME}` stands
 * for the text `${NAME}`. A value is never read again, so that what it holds stays as it is.
 *
 * A list with `${NAME_JSON}` as its only text becomes the JSON list of texts in that variable.
 *
 * @param file for the error.
 * @throws USAGE that names the variable and its place, and never a value.
 */
export function withVariables(document: Json, env: Env, file: string): Json {
  const replace = (value: Json, path: string): Json => {
    if (isList(value))
      return listFrom(value, path) ?? value.map((item, index) => replace(item, `${path}[${index}]`));
    if (isObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          replace(member, path === '' ? name : `${path}.${name}`),
        ]),
      );
    if (typeof value !== 'string') return value;
    return replaceIn(value, (text: string, name: string, fallback: string | undefined) => {
      if (text.startsWith('$$')) return text.slice(1);
      // Wherever a file puts it, nothing prints it.
      if (isSecretName(name)) rememberSecret(env[name] ?? '');
      const known = env[name] ?? fallback;
      if (known !== undefined) return known;
      throw usageError(`${file} uses \${${name}} at ${path}, and this variable is not set.`, {
        hint: `Set ${name}, or give it a default in the file, as in \${HOST:localhost}.`,
      });
    });
  };
  const listFrom = ([item, ...others]: readonly Json[], path: string): readonly string[] | undefined => {
    const name = typeof item === 'string' && others.length === 0 ? LIST_VARIABLE.exec(item)?.[1] : undefined;
    if (name === undefined || env[name] === undefined) return undefined;
    const list = listIn(env[name]);
    if (list !== undefined) return list;
    throw usageError(
      `${file} uses \${${name}} at ${path}, and this variable does not hold a JSON list of texts.`,
      {
        hint: `Set ${name} to a list such as ["first", "second"].`,
      },
    );
  };
  return replace(document, '');
}

/** The texts of a document as {@link withVariables} reads them: a text that looks like a variable stays as it is. */
export function withoutVariables(document: Json): Json {
  if (isList(document)) return document.map(withoutVariables);
  if (isObject(document))
    return Object.fromEntries(
      Object.entries(document).map(([name, member]) => [name, withoutVariables(member)]),
    );
  return typeof document === 'string' ? replaceIn(document, (text) => `$${text}`) : document;
}

/** @returns undefined for a text that is no JSON list of texts. */
function listIn(text: string): readonly string[] | undefined {
  try {
    const list = JSON.parse(text) as Json;
    const texts = textsIn(list);
    return isList(list) && texts.length === list.length ? texts : undefined;
  } catch {
    return undefined;
  }
}

/** @returns where in a document a text looks like a variable, `clients[0].secret`; undefined where none does. */
export function placeOfVariable(document: Json): string | undefined {
  for (const [place, text] of textsWithin(document)) if (closed(text).search(VARIABLE) !== -1) return place;
  return undefined;
}
