import { without } from '../../system/json.ts';
import { defaultRoleOf, roleReferences } from './role-names.ts';
import type { RealmObject } from './snapshot.ts';
import { type JsonObject, objectsIn, textsIn } from './values.ts';

const NOT_FIELDS = [
  'id',
  'name',
  'path',
  'parentId',
  'subGroupCount',
  'subGroups',
  'realmRoles',
  'clientRoles',
  'access',
];

/** Groups by their path, with the roles that their members have. */
export function groupObjects(document: JsonObject): readonly RealmObject[] {
  return below('', objectsIn(document['groups']), defaultRoleOf(document));
}

function below(parent: string, groups: readonly JsonObject[], defaultRole: string): readonly RealmObject[] {
  return groups.flatMap((group): readonly RealmObject[] => {
    const path = `${parent}/${String(group['name'])}`;
    const { realmRoles, clientRoles } = group;
    const roles =
      realmRoles === undefined && clientRoles === undefined
        ? {}
        : { roles: roleReferences(textsIn(realmRoles), clientRoles, defaultRole) };
    const fields: JsonObject = { ...without(group, NOT_FIELDS), ...roles };
    return [
      { type: 'group', id: path, ...(parent === '' ? {} : { parent }), fields },
      ...below(path, objectsIn(group['subGroups']), defaultRole),
    ];
  });
}
