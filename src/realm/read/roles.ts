import type { JsonObject } from '../../system/json.ts';
import type { Clients } from './clients.ts';
import { addTo, asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** @returns `roles`: those of the realm and of every client, with what composite roles contain. */
export async function readRoles(source: Source, { list, names }: Clients): Promise<JsonObject> {
  const inFile = async (role: JsonObject): Promise<JsonObject> => ({
    ...asInFile(role),
    ...(role['composite'] === true ? { composites: await compositesOf(source, role, names) } : {}),
  });
  const rolesAt = async (path: string): Promise<readonly JsonObject[]> =>
    source.list(`${path}/roles?briefRepresentation=false`);
  const realmRoles = async (): Promise<readonly JsonObject[]> => {
    const roles = await rolesAt('');
    for (const role of roles) source.id('realm-role', [textOf(role, 'name')], role['id']);
    return Promise.all(roles.map(inFile));
  };
  const rolesOf = async (client: JsonObject): Promise<[string, readonly JsonObject[]]> => {
    const clientId = textOf(client, 'clientId');
    const roles = await rolesAt(`/clients/${textOf(client, 'id')}`);
    for (const role of roles) source.id('client-role', [clientId, textOf(role, 'name')], role['id']);
    return [clientId, await Promise.all(roles.map(inFile))];
  };
  const [realm, client] = await Promise.all([realmRoles(), Promise.all(list.map(rolesOf))]);
  return { roles: { realm, client: Object.fromEntries(client) } };
}

async function compositesOf(source: Source, role: JsonObject, names: Clients['names']): Promise<JsonObject> {
  const parts = await source.list(`/roles-by-id/${textOf(role, 'id')}/composites`);
  const realm: string[] = [];
  const client = new Map<string, string[]>();
  for (const part of parts) {
    const container = textOf(part, 'containerId');
    if (part['clientRole'] === true) addTo(client, names.get(container) ?? container, textOf(part, 'name'));
    else realm.push(textOf(part, 'name'));
  }
  return {
    ...(realm.length > 0 ? { realm } : {}),
    ...(client.size > 0 ? { client: Object.fromEntries(client) } : {}),
  };
}
