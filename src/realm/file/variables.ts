import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import { isList, isObject, type Json } from '../model/values.ts';

/** Names as the environment has them. Keycloak's own literals, such as `${username}` or `${CLAIM.email}`, do not match. */
const VARIABLE = /\$?\$\{([A-Z][A-Z0-9_]*)(?::([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:default}` in the texts of a parsed file by variables of the environment. `$${NAME}` stands
 * for the text `${NAME}`. A value is never read again, so that what it holds stays as it is.
 *
 * @param file for the error.
 * @throws USAGE that names the variable and its place, and never a value.
 */
export function withVariables(document: Json, env: Env, file: string): Json {
  const replace = (value: Json, path: string): Json => {
    if (isList(value)) return value.map((item, index) => replace(item, `${path}[${index}]`));
    if (isObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          replace(member, path === '' ? name : `${path}.${name}`),
        ]),
      );
    if (typeof value !== 'string') return value;
    return value.replace(VARIABLE, (text: string, name: string, fallback: string | undefined) => {
      if (text.startsWith('$$')) return text.slice(1);
      const known = env[name] ?? fallback;
      if (known !== undefined) return known;
      throw usageError(`${file} uses \${${name}} at ${path}, and this variable is not set.`, {
        hint: `Set ${name}, or write \${${name}:value} to give it a default.`,
      });
    });
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
  return typeof document === 'string' ? document.replace(VARIABLE, (text) => `$${text}`) : document;
}
