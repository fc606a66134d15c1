import type { Finding } from '../../change/change.ts';
import type { Context } from '../../context.ts';
import { connectKeycloak } from '../../keycloak/connect.ts';
import type { KeycloakConnection } from '../../keycloak/connection.ts';
import { usersFromExport } from './from-export.ts';
import { usersFromKeycloak } from './from-keycloak.ts';
import { answeringBase } from './keycloak/address.ts';
import type { SourceRules } from './rules.ts';
import type { UserSource } from './source.ts';

export type SourcePlace =
  | { readonly kind: 'keycloak'; readonly connection: KeycloakConnection }
  /** `realm` is the one to expect; undefined for the one of the file. */
  | { readonly kind: 'export'; readonly file: string; readonly realm: string | undefined };

export interface SourceSettings {
  readonly place: SourcePlace;
  readonly rules: SourceRules;
}

/**
 * The users of a realm, not read yet. A Keycloak server may lie at the given address or below `/auth`.
 *
 * @throws SOURCE_FILE (2) if a file is no export. Signing in to Keycloak, and its errors, come with the first row.
 */
export async function openSource({ place, rules }: SourceSettings, context: Context): Promise<UserSource> {
  if (place.kind === 'export') return usersFromExport(place.file, place.realm, rules, context);
  const { connection } = place;
  const { login, realm, server: given } = connection;
  const server = await answeringBase(context, given, realm);
  const admin = connectKeycloak(context, { ...connection, server });
  const clientId = login.kind === 'client' ? login.clientId : undefined;
  return usersFromKeycloak(admin, clientId, rules, server === given ? [] : [otherAddress(given, server)]);
}

function otherAddress(given: string, server: string): Finding {
  return {
    rule: 'other-address',
    severity: 'warning',
    path: 'KEYCLOAK_ADMIN_URL',
    message: `Keycloak answers at ${server}, not at ${given}.`,
    advice: 'The two forms were tried here. Give other programs the address that answers.',
  };
}
