import type { KeycloakAdmin } from '../keycloak/admin.ts';
import { without } from '../system/json.ts';
import { UNFINISHED } from './model/realm-settings.ts';
import { isObject, type Json, type JsonObject } from './model/values.ts';

/** @returns whether a realm is one that {@link createUnfinished} made and nobody finished. */
export function isUnfinished(representation: JsonObject): boolean {
  const { attributes } = representation;
  return isObject(attributes) && attributes[UNFINISHED] !== undefined;
}

/** Creates a bare realm, switched off and marked. */
export function createUnfinished(admin: KeycloakAdmin): Promise<void> {
  return admin.createRealm({ [UNFINISHED]: 'true' });
}

/** Removes the mark of a realm in which everything arrived. */
export async function finish(admin: KeycloakAdmin): Promise<void> {
  const realm = await admin.get('');
  const attributes: Json | undefined = isObject(realm) ? realm['attributes'] : undefined;
  // A write of attributes replaces them all.
  if (isObject(attributes))
    await admin.send('PUT', '', { realm: admin.realm, attributes: without(attributes, [UNFINISHED]) });
}
