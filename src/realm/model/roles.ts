import { without } from '../../system/json.ts';
import { DEFAULT_ROLE, defaultRoleOf, roleReferences } from './role-names.ts';
import type { RealmObject } from './snapshot.ts';
import { isList, isObject, type Json, type JsonObject, objectsIn, textOf, textsIn } from './values.ts';

const NOT_FIELDS = [
  'id',
  'name',
  'containerId',
  'composite',
  'clientRole',
  'composites',
  'scopeParamRequired',
];

/** Roles of the realm and of its clients, with the roles that they include. */
export function roleObjects(document: JsonObject): readonly RealmObject[] {
  const roles = isObject(document['roles']) ? document['roles'] : {};
  const defaultRole = defaultRoleOf(document);
  const ofRealm = objectsIn(roles['realm']).map((role): RealmObject => {
    const name = textOf(role['name']) ?? '';
    const id = name === defaultRole ? DEFAULT_ROLE : name;
    return { type: 'role', id, fields: fieldsOf(role, defaultRole) };
  });
  const { client } = roles;
  const ofClients = isObject(client)
    ? Object.entries(client).flatMap(([clientId, list]) =>
        isList(list) ? clientRoles(clientId, list, defaultRole) : [],
      )
    : [];
  return [...ofRealm, ...ofClients];
}

function clientRoles(clientId: string, roles: readonly Json[], defaultRole: string): readonly RealmObject[] {
  return objectsIn(roles).map((role) => ({
    type: 'client-role',
    id: `${clientId}/${String(role['name'])}`,
    parent: clientId,
    fields: fieldsOf(role, defaultRole),
  }));
}

function fieldsOf(role: JsonObject, defaultRole: string): JsonObject {
  const { composites } = role;
  const included = isObject(composites)
    ? { composites: roleReferences(textsIn(composites['realm']), composites['client'], defaultRole) }
    : {};
  return { ...without(role, NOT_FIELDS), ...included };
}
