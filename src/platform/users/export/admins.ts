import { isRecord, type Json, type JsonObject, objectsIn } from '../../../system/json.ts';
import { type Composite, holderRoles, keyOf, type Role } from '../role-graph.ts';

/** Who is an admin, by what an export says of roles and groups. */
export interface ExportAdmins {
  readonly isKnown: boolean;
  /** @returns the path to the admin role; undefined for others. */
  via(user: JsonObject): string | undefined;
}

/**
 * The same answer as that of a server: roles, composite roles and groups at any depth.
 *
 * @param roles the member `roles` of an export.
 * @param groups the member `groups`.
 */
export function exportAdmins(
  admin: string,
  roles: Json | undefined,
  groups: readonly JsonObject[],
): ExportAdmins {
  const holders = holderRoles(admin, compositesIn(roles));
  const viaRole = new Map(holders.map(({ role, via }) => [keyOf(role), via]));
  const viaGroup = new Map<string, string>();
  const mark = (group: JsonObject, above: string, via: string): void => {
    const path = pathOf(group, above);
    if (!viaGroup.has(path)) viaGroup.set(path, via);
    for (const child of objectsIn(group['subGroups'])) mark(child, path, via);
  };
  for (const { role, via } of holders)
    for (const { group, above, held } of everyGroup(groups))
      if (held.has(keyOf(role))) mark(group, above, `group ${pathOf(group, above)} > ${via}`);
  const ranked = [...viaGroup];
  const realm = isRecord(roles) ? objectsIn(roles['realm'] as Json) : [];
  return {
    isKnown: realm.some(({ name }) => name === admin),
    via: (user) => {
      const held = heldBy(user);
      const role = [...viaRole].find(([key]) => held.has(key))?.[1];
      if (role !== undefined || viaGroup.size === 0) return role;
      const member = new Set(textsIn(user['groups']));
      return ranked.find(([path]) => member.has(path))?.[1];
    },
  };
}

/** @returns every group with the keys of the roles it has itself, each before those below it. */
function everyGroup(
  groups: readonly JsonObject[],
  above = '',
): readonly { readonly group: JsonObject; readonly above: string; readonly held: ReadonlySet<string> }[] {
  return groups.flatMap((group) => [
    { group, above, held: heldBy(group) },
    ...everyGroup(objectsIn(group['subGroups']), pathOf(group, above)),
  ]);
}

/** @returns the path of a group, and its attributes, for every group of an export. */
export function groupsWithAttributes(
  groups: readonly JsonObject[],
): readonly { readonly path: string; readonly attributes: Json | undefined }[] {
  return everyGroup(groups).map(({ group, above }) => ({
    path: pathOf(group, above),
    attributes: group['attributes'],
  }));
}

function pathOf(group: JsonObject, above: string): string {
  const { path, name } = group;
  return typeof path === 'string' ? path : `${above}/${String(name)}`;
}

/** The keys of the roles that a user or a group has directly. */
function heldBy(holder: JsonObject): ReadonlySet<string> {
  return new Set(
    rolesIn({ realm: holder['realmRoles'] ?? null, client: holder['clientRoles'] ?? null }).map(keyOf),
  );
}

function compositesIn(roles: Json | undefined): readonly Composite[] {
  if (!isRecord(roles)) return [];
  const { realm, client } = roles as JsonObject;
  const at = (list: Json | undefined, owner?: string): readonly Composite[] =>
    objectsIn(list).map(({ name, composites }) => ({
      role: { name: String(name), client: owner },
      contains: rolesIn(composites),
    }));
  const clients = isRecord(client) ? Object.entries(client as JsonObject) : [];
  return [...at(realm), ...clients.flatMap(([owner, list]) => at(list, owner))];
}

/** @param named names of roles: `{realm: […], client: {clientId: […]}}`. */
function rolesIn(named: Json | undefined): readonly Role[] {
  if (!isRecord(named)) return [];
  const { realm, client } = named as JsonObject;
  const clients = isRecord(client) ? Object.entries(client as JsonObject) : [];
  return [
    ...textsIn(realm).map((name) => ({ name })),
    ...clients.flatMap(([owner, names]) => textsIn(names).map((name) => ({ name, client: owner }))),
  ];
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];
}
