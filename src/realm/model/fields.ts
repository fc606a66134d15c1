import { isObject, type Json, type JsonObject } from './values.ts';

/** @returns an object without some of its members. */
export function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** A role as composites, groups and scopes name it: of the realm, or of a client. */
export function roleReferences(realm: readonly string[], clients: Json | undefined): readonly JsonObject[] {
  const ofClients = isObject(clients)
    ? Object.entries(clients).flatMap(([client, roles]) =>
        (Array.isArray(roles) ? roles : []).map((role: Json) => ({ client, role })),
      )
    : [];
  return [...realm.map((role) => ({ role })), ...ofClients];
}
