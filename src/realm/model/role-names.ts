import { isObject, type Json, type JsonObject, textOf } from './values.ts';

/** How the default role is called in every snapshot; its real name has the realm's name in it. */
export const DEFAULT_ROLE = '(default role)';

/** @returns the name of the realm's default role in this document. */
export function defaultRoleOf(document: JsonObject): string {
  const { defaultRole, realm } = document;
  const named = isObject(defaultRole) ? textOf(defaultRole['name']) : undefined;
  return named ?? `default-roles-${String(realm ?? '').toLowerCase()}`;
}

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
