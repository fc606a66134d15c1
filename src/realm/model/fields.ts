import { DEFAULT_ROLE } from './realm-settings.ts';
import { isObject, type Json, type JsonObject, textsIn } from './values.ts';

/**
 * Roles as composites, groups and scopes name them: `{role}` of the realm, `{client, role}` of a client.
 *
 * @param defaultRole how the realm calls its default role.
 */
export function roleReferences(
  realm: readonly string[],
  clients: Json | undefined,
  defaultRole: string,
): readonly JsonObject[] {
  const ofClients = isObject(clients)
    ? Object.entries(clients).flatMap(([client, roles]) =>
        (Array.isArray(roles) ? roles : []).map((role: Json) => ({ client, role })),
      )
    : [];
  return [...realm.map((role) => ({ role: role === defaultRole ? DEFAULT_ROLE : role })), ...ofClients];
}

/** Keycloak stores the name of a client scope without spaces when it imports a file. */
export function scopeName(name: Json | undefined): string {
  return String(name ?? '').replaceAll(' ', '_');
}

/** @returns lists of client scopes among the fields of an object, with the names as Keycloak stores them. */
export function scopeLists(object: JsonObject, names: readonly string[]): JsonObject {
  const known = names.filter((name) => Array.isArray(object[name]));
  return Object.fromEntries(known.map((name) => [name, textsIn(object[name]).map(scopeName)]));
}
