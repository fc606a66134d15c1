/** @returns whether a value is a JSON object, not null or an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the parsed JSON object or array; undefined for invalid JSON and for primitive values. */
export function objectIn(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns JSON text without comments (line and block comments), which some programs allow. */
export function withoutComments(text: string): string {
  const start = /"|\/[/*]/g;
  let kept = '';
  let at = 0;
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    const { 0: mark, index } = found;
    const end = mark === '"' ? stringEnd(text, index) : commentEnd(text, index);
    // A block comment without an end stays in the text, which is then invalid.
    if (end === -1) break;
    kept += text.slice(at, mark === '"' ? end : index);
    at = end;
    start.lastIndex = end;
  }
  return kept + text.slice(at);
}

function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function commentEnd(text: string, from: number): number {
  const isLine = text[from + 1] === '/';
  const end = text.indexOf(isLine ? '\n' : '*/', from + 2);
  if (isLine) return end === -1 ? text.length : end;
  return end === -1 ? -1 : end + 2;
}

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** @returns the objects of a list; nothing where the value is no list. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((entry): entry is JsonObject => isRecord(entry)) : [];
}

/** @returns a member of a table by a name that somebody else chose: `constructor` is not in it. */
export function ownMember<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** @returns an object without some of its members. */
export function without<T>(object: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
