import { type Json, type JsonObject, textsIn } from './values.ts';

/** The lists of client scopes that a client has, and those that the realm gives to new clients. */
export const CLIENT_SCOPES = ['defaultClientScopes', 'optionalClientScopes'] as const;
export const REALM_SCOPES = ['defaultDefaultClientScopes', 'defaultOptionalClientScopes'] as const;

/** Keycloak stores the name of a client scope without spaces when it imports a file. */
export function scopeName(name: Json | undefined): string {
  return String(name ?? '').replaceAll(' ', '_');
}

/** @returns lists of client scopes among the fields of an object, with the names as Keycloak stores them. */
export function scopeLists(object: JsonObject, names: readonly string[]): JsonObject {
  const known = names.filter((name) => Array.isArray(object[name]));
  return Object.fromEntries(known.map((name) => [name, textsIn(object[name]).map(scopeName)]));
}
