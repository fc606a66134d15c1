import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { findClient, foreign, isOurs } from './find.ts';

/**
 * @param force delete a client that somebody else made, too.
 * @returns false if there is no such client.
 * @throws CLIENT_FOREIGN (2); the errors of `KeycloakAdmin`.
 */
export async function deleteClient(admin: KeycloakAdmin, clientId: string, force: boolean): Promise<boolean> {
  const found = await findClient(admin, clientId);
  if (found === undefined) return false;
  if (!force && !isOurs(found))
    throw foreign(admin.realm, clientId, 'If it is the one that you mean, pass --force.');
  await admin.send('DELETE', `/clients/${String(found['id'])}`);
  return true;
}
