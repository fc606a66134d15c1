import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { CodemieError } from '../../system/errors.ts';
import { isRecord, type JsonObject, without } from '../../system/json.ts';
import { Secret } from '../../system/secret.ts';
import { clientOf, type MigrationClient, rolesOf } from './definition.ts';
import { findClient, foreign, isOurs } from './find.ts';

export interface Created {
  readonly secret: Secret;
  readonly isNew: boolean;
  readonly roles: readonly string[];
}

/**
 * Creates the client and gives its account its roles, or makes an earlier one as it would be created now: the same secret,
 * these roles and no others of realm-management. After a failure, run it again.
 *
 * @throws CLIENT_FOREIGN (2) if somebody else made a client with this name; the errors of `KeycloakAdmin`.
 */
export async function createClient(admin: KeycloakAdmin, wanted: MigrationClient): Promise<Created> {
  const { clientId } = wanted;
  const found = await findClient(admin, clientId);
  if (found !== undefined && !isOurs(found))
    throw foreign(
      admin.realm,
      clientId,
      'Choose another name with --client-id. To replace the client, delete it first: codemie platform migration-client delete --force',
    );
  if (found === undefined) await admin.send('POST', '/clients', clientOf(wanted));
  else await update(admin, found, clientOf(wanted));
  const client = found ?? (await findClient(admin, clientId));
  const id = String(client?.['id']);
  const roles = rolesOf(wanted);
  await giveRoles(admin, id, roles);
  return { secret: await secretOf(admin, id), isNew: found === undefined, roles };
}

async function update(admin: KeycloakAdmin, found: JsonObject, wanted: JsonObject): Promise<void> {
  const fields: JsonObject = { authorizationServicesEnabled: false, ...without(wanted, ['attributes']) };
  const differs = Object.entries(fields).some(
    ([name, value]) => JSON.stringify(found[name] ?? false) !== JSON.stringify(value),
  );
  if (differs) await admin.send('PUT', `/clients/${String(found['id'])}`, { ...found, ...fields });
}

async function giveRoles(admin: KeycloakAdmin, id: string, wanted: readonly string[]): Promise<void> {
  // In master, the roles over the realm are those of another client.
  const owner = admin.realm === 'master' ? 'master-realm' : 'realm-management';
  const management = String((await findClient(admin, owner))?.['id']);
  const account = await admin.get(`/clients/${id}/service-account-user`);
  const user = isRecord(account) ? String(account['id']) : '';
  const all = await admin.getAll(`/clients/${management}/roles`);
  const mappings = `/users/${user}/role-mappings/clients/${management}`;
  const held = await admin.getAll(mappings);
  const isIn = (roles: readonly JsonObject[], name: unknown): boolean =>
    roles.some((role) => role['name'] === name);
  const added = all.filter(({ name }) => wanted.includes(String(name)) && !isIn(held, name));
  const removed = held.filter(({ name }) => !wanted.includes(String(name)));
  if (added.length > 0) await admin.send('POST', mappings, added);
  if (removed.length > 0) await admin.send('DELETE', mappings, removed);
}

async function secretOf(admin: KeycloakAdmin, id: string): Promise<Secret> {
  const answer = await admin.get(`/clients/${id}/client-secret`);
  const value = isRecord(answer) ? answer['value'] : undefined;
  if (typeof value === 'string' && value !== '') return new Secret(value);
  throw new CodemieError({
    code: 'KEYCLOAK_REJECTED',
    message: 'Keycloak has not made a secret for the client.',
    hint: 'Delete the client and create it again: codemie platform migration-client delete',
  });
}
