import type { KeycloakAdmin } from '../../../keycloak/admin.ts';
import type { JsonObject } from '../../../system/json.ts';
import { listOf } from './paging.ts';

/** @returns the groups directly below a group, with their attributes. */
export async function childrenOf(admin: KeycloakAdmin, group: JsonObject): Promise<readonly JsonObject[]> {
  if (group['subGroupCount'] === 0) return [];
  return listOf(admin, `/groups/${String(group['id'])}/children?briefRepresentation=false`);
}

/** @returns every group of the realm, each before those below it. */
export async function* allGroups(admin: KeycloakAdmin): AsyncGenerator<JsonObject> {
  const waiting = [...(await listOf(admin, '/groups?briefRepresentation=false'))];
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    yield group;
    waiting.push(...(await childrenOf(admin, group)));
  }
}
