import type { Finding } from '../../change/change.ts';
import { CodemieError } from '../../system/errors.ts';
import { isRecord, type JsonObject, objectsIn } from '../../system/json.ts';
import { printable } from '../../system/printable.ts';

/** The attributes that hold projects. */
export const PROJECT_ATTRIBUTES = ['applications', 'applications_admin'] as const;

/** Policies under which administrators see attributes that the profile does not declare. */
const SHOWING = ['ENABLED', 'ADMIN_EDIT', 'ADMIN_VIEW'];

/**
 * Since Keycloak 24, its admin API leaves out attributes that the user profile does not declare, unless the profile has a
 * policy for them. Everybody would be imported without projects.
 *
 * @param profile of the realm, as `users/profile` has it.
 * @throws SOURCE_UNFIT (9) where the attributes with the projects are hidden.
 * @returns a warning where only the user type is hidden.
 */
export function requireVisible(realm: string, profile: JsonObject): readonly Finding[] {
  const hidden = ['user_type', ...PROJECT_ATTRIBUTES].filter((name) => !isVisible(profile, name));
  const projects = hidden.filter((name) => name !== 'user_type');
  if (projects.length > 0)
    throw new CodemieError({
      code: 'SOURCE_UNFIT',
      message: `Keycloak hides the ${projects.length > 1 ? 'attributes' : 'attribute'} ${projects.map((name) => `"${name}"`).join(' and ')} in the realm "${printable(realm)}": the user profile does not declare what is hidden, and has no policy for undeclared attributes. Projects would be missing in the import.`,
      hint: 'In the admin console, under Realm settings > General, set "Unmanaged Attributes" to "Only administrators can view". By hand, send the whole user profile back with "unmanagedAttributePolicy": "ADMIN_VIEW"; Keycloak refuses the policy alone:',
      remedies: [
        `kcadm.sh get users/profile -r ${quoted(realm)} | jq '.unmanagedAttributePolicy = "ADMIN_VIEW"' | kcadm.sh update users/profile -r ${quoted(realm)} -f -`,
      ],
    });
  if (hidden.length === 0) return [];
  return [
    {
      rule: 'user-type-hidden',
      severity: 'warning',
      path: 'users/profile',
      message: 'Keycloak hides the attribute "user_type". External users would be imported as regular ones.',
      advice: 'If you have external users, declare "user_type" in the user profile of the realm.',
    },
  ];
}

function isVisible(profile: JsonObject, name: string): boolean {
  if (SHOWING.includes(String(profile['unmanagedAttributePolicy']))) return true;
  const declared = objectsIn(profile['attributes']).find((attribute) => attribute['name'] === name);
  if (declared === undefined) return false;
  const { permissions } = declared;
  const view = isRecord(permissions) ? permissions['view'] : undefined;
  // Without permissions, administrators see it.
  return !Array.isArray(view) || view.length === 0 || view.includes('admin');
}

/** @returns a warning for each group with projects of its own: its members get them in their tokens only by a mapper. */
export function groupFinding(path: string, attributes: unknown): readonly Finding[] {
  if (!isRecord(attributes)) return [];
  const names = PROJECT_ATTRIBUTES.filter(
    (name) => Array.isArray(attributes[name]) && attributes[name].length > 0,
  );
  if (names.length === 0) return [];
  return [
    {
      rule: 'group-attributes',
      severity: 'warning',
      path: `group ${path}`,
      message: `The group has the attribute ${names.map((name) => `"${name}"`).join(' and ')}. It is not imported: Keycloak keeps attributes of groups apart from those of users.`,
      advice: 'If its members shall have these projects, assign them in the platform after the import.',
    },
  ];
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
