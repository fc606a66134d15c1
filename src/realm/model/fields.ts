import { type Json, type JsonObject, textsIn } from './values.ts';

/** Keycloak stores the name of a client scope without spaces when it imports a file. */
export function scopeName(name: Json | undefined): string {
  return String(name ?? '').replaceAll(' ', '_');
}

/** @returns lists of client scopes among the fields of an object, with the names as Keycloak stores them. */
export function scopeLists(object: JsonObject, names: readonly string[]): JsonObject {
  const known = names.filter((name) => Array.isArray(object[name]));
  return Object.fromEntries(known.map((name) => [name, textsIn(object[name]).map(scopeName)]));
}
