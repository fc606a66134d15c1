import { isRecord, type Json, type JsonObject, without } from '../../system/json.ts';

/** @returns the value if it is an object, else an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return isRecord(value) ? (value as JsonObject) : {};
}

/** @returns the text of a member; empty if it has none. */
export function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** The id of an object and what belongs to it on the server only. */
export const SERVER_ONLY = [
  'id',
  'internalId',
  'containerId',
  'parentId',
  'access',
  'organizationId',
] as const;

/** @returns the object as a realm file has it. */
export function asInFile(object: JsonObject, ...names: readonly string[]): JsonObject {
  return without(object, [...SERVER_ONLY, ...names]);
}

/** Adds an entry to the list of a name. */
export function addTo<Entry>(lists: Map<string, Entry[]>, name: string, entry: Entry): void {
  lists.set(name, [...(lists.get(name) ?? []), entry]);
}
