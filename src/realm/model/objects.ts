import { clientObjects } from './clients.ts';
import { flowObjects } from './flows.ts';
import { groupObjects } from './groups.ts';
import { identityObjects } from './identity.ts';
import { realmObject } from './realm-settings.ts';
import { roleObjects } from './roles.ts';
import { scopeObjects } from './scopes.ts';
import { Snapshot } from './snapshot.ts';
import { userObjects } from './users.ts';
import type { JsonObject } from './values.ts';

/**
 * Takes a realm apart, in the form of Keycloak's own realm files (RealmRepresentation) and as the admin API gives it. Both
 * come out alike: without ids, without what only one of them has, references by name.
 */
export function objectsOf(document: JsonObject): Snapshot {
  return new Snapshot([
    ...realmObject(document),
    ...roleObjects(document),
    ...scopeObjects(document),
    ...clientObjects(document),
    ...groupObjects(document),
    ...flowObjects(document),
    ...identityObjects(document),
    ...userObjects(document),
  ]);
}
