import { type Json, type JsonObject, objectsIn } from '../../system/json.ts';

export { type Json, type JsonObject, objectsIn };

/** What Keycloak shows in place of a stored secret. Sent back, it keeps some secrets and replaces others. */
export const MASK = '**********';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** @returns the strings of a list; nothing where the value is no list. */
export function textsIn(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** @returns every text in a document with its place: `clients[0].secret`. */
export function* textsWithin(document: Json, place = ''): Iterable<readonly [place: string, text: string]> {
  if (typeof document === 'string') yield [place, document];
  else if (isList(document)) {
    for (const [index, item] of document.entries()) yield* textsWithin(item, `${place}[${index}]`);
  } else if (isObject(document)) {
    for (const [name, member] of Object.entries(document))
      yield* textsWithin(member, place === '' ? name : `${place}.${name}`);
  }
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Keycloak stores none of these: null, an empty text, an empty list or map, and lists of empty texts. */
export function isAbsent(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (isList(value)) return value.every(isAbsent);
  return isObject(value) && Object.values(value).every(isAbsent);
}

/**
 * Whether Keycloak makes no difference between two values: lists are sets, the members of an object have no order, a
 * number or a boolean may be written as text, and JSON inside a text counts by its content.
 */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (isAbsent(one) || isAbsent(other)) return isAbsent(one) === isAbsent(other);
  return canonical(one ?? null) === canonical(other ?? null);
}

/** @returns a text that two values share when {@link isSame} holds for them. */
export function canonical(value: Json): string {
  if (isList(value)) {
    const items = value.filter((item) => !isAbsent(item)).map(canonical);
    return `[${items.sort().join(',')}]`;
  }
  if (isObject(value)) {
    const members = Object.entries(value)
      .filter(([, member]) => !isAbsent(member))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
    return `{${members.sort().join(',')}}`;
  }
  const text = String(value);
  return /^\s*(true|false)\s*$/.test(text)
    ? JSON.stringify(text.trim())
    : (inner(text) ?? JSON.stringify(text));
}

/** @returns the canonical text of the JSON inside a text; undefined for other texts. */
function inner(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return canonical(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
