import { roleReferences, without } from './fields.ts';
import { defaultRoleOf } from './realm-settings.ts';
import type { RealmObject } from './snapshot.ts';
import { type JsonObject, objectsIn, textOf, textsIn } from './values.ts';

/**
 * The people in a file, who are created where they are absent and never compared, and the roles of service accounts,
 * which are compared: an account belongs to its client.
 */
export function userObjects(document: JsonObject): readonly RealmObject[] {
  const defaultRole = defaultRoleOf(document);
  return objectsIn(document['users']).map((user): RealmObject => {
    const client = textOf(user['serviceAccountClientId']);
    if (client === undefined)
      return { type: 'user', id: String(user['username']).toLowerCase(), fields: without(user, ['id']) };
    // Every account has the default role by itself.
    const realmRoles = textsIn(user['realmRoles']).filter((role) => role !== defaultRole);
    const roles = roleReferences(realmRoles, user['clientRoles']);
    return { type: 'service-account', id: client, parent: client, fields: { roles } };
  });
}
