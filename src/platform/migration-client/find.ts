import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { CodemieError } from '../../system/errors.ts';
import { isRecord, type JsonObject } from '../../system/json.ts';
import { printable } from '../../system/printable.ts';
import { MARKER } from './definition.ts';

/** @returns the client with this name; undefined if there is none. */
export async function findClient(admin: KeycloakAdmin, clientId: string): Promise<JsonObject | undefined> {
  const found = await admin.getAll(`/clients?clientId=${encodeURIComponent(clientId)}`);
  return found.find((client) => client['clientId'] === clientId);
}

/** @returns whether `create` made the client. */
export function isOurs({ attributes }: JsonObject): boolean {
  return isRecord(attributes) && attributes[MARKER] === 'true';
}

/** @returns CLIENT_FOREIGN (2). */
export function foreign(realm: string, clientId: string, hint: string): CodemieError {
  return new CodemieError({
    code: 'CLIENT_FOREIGN',
    message: `The realm "${printable(realm)}" has a client "${printable(clientId)}" that codemie did not create. It was left as it is.`,
    hint,
  });
}
