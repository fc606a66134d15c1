import type { JsonObject } from '../../system/json.ts';
import type { Clients } from './clients.ts';
import { readMappings } from './mappings.ts';
import { textOf } from './shape.ts';
import type { Source } from './source.ts';

/** @returns `users`: the service accounts of clients with their roles. People are never read. */
export async function readServiceAccounts(source: Source, { list }: Clients): Promise<JsonObject> {
  const clients = list.filter((client) => client['serviceAccountsEnabled'] === true);
  const read = async (client: JsonObject): Promise<JsonObject> => {
    const clientId = textOf(client, 'clientId');
    // Their names say nothing: anyone may be called service-account-….
    const user = await source.object(`/clients/${textOf(client, 'id')}/service-account-user`);
    source.id('service-account', [clientId], user['id']);
    const { realm, client: roles } = await readMappings(source, `/users/${textOf(user, 'id')}/role-mappings`);
    return {
      username: textOf(user, 'username'),
      enabled: user['enabled'] ?? true,
      serviceAccountClientId: clientId,
      realmRoles: realm,
      clientRoles: roles,
    };
  };
  return { users: await Promise.all(clients.map(read)) };
}
