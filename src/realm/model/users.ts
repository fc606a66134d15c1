import { without } from '../../system/json.ts';
import { defaultRoleOf, roleReferences } from './role-names.ts';
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
    // Every account has the default role by itself.
    const realmRoles = textsIn(user['realmRoles']).filter((role) => role !== defaultRole);
    if (client === undefined) {
      const fields = { ...without(user, ['id']), realmRoles };
      return { type: 'user', id: String(user['username']).toLowerCase(), fields };
    }
    const roles = roleReferences(realmRoles, user['clientRoles'], defaultRole);
    return { type: 'service-account', id: client, parent: client, fields: { roles } };
  });
}
