import { isObject, type Json, type JsonObject, objectsIn, textOf } from '../model/values.ts';

/** The member that holds the name of each object in a list of a realm file. */
const NAMES: Readonly<Record<string, string>> = {
  clients: 'clientId',
  clientScopes: 'name',
  groups: 'name',
  users: 'username',
  identityProviders: 'alias',
  identityProviderMappers: 'name',
  authenticationFlows: 'alias',
  authenticatorConfig: 'alias',
  requiredActions: 'alias',
};
/** Lists inside these objects. */
const INNER: Readonly<Record<string, string>> = { protocolMappers: 'name', subGroups: 'name' };

/** @returns the place where a name is missing, `users[0].username`; undefined where each object has one. */
export function placeWithoutName(document: JsonObject): string | undefined {
  const { roles } = document;
  const ofRoles = isObject(roles) ? roles : {};
  const ofClients = isObject(ofRoles['client']) ? ofRoles['client'] : {};
  const lists: readonly (readonly [string, Json | undefined, string])[] = [
    ...Object.entries(NAMES).map(([list, key]) => [list, document[list], key] as const),
    ['roles.realm', ofRoles['realm'], 'name'],
    ...Object.entries(ofClients).map(([id, list]) => [`roles.client.${id}`, list, 'name'] as const),
  ];
  return firstIn(lists);
}

function firstIn(lists: readonly (readonly [string, Json | undefined, string])[]): string | undefined {
  for (const [place, list, key] of lists)
    for (const [index, object] of objectsIn(list).entries()) {
      const at = `${place}[${index}]`;
      if (textOf(object[key]) === undefined) return `${at}.${key}`;
      const inner = Object.entries(INNER).map(
        ([name, member]) => [`${at}.${name}`, object[name], member] as const,
      );
      const found = firstIn(inner);
      if (found !== undefined) return found;
    }
  return undefined;
}
