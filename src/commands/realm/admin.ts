import type { Context } from '../../context.ts';
import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { connectKeycloak } from '../../keycloak/connect.ts';
import type { JsonObject } from '../../realm/model/values.ts';
import type { OptionValues } from '../spec.ts';
import { keycloakSettings } from './connection.ts';

/** The admin API of the realm of `--realm`, of KEYCLOAK_REALM, or of the files. */
export function realmAdmin(
  options: OptionValues,
  context: Context,
  files: readonly JsonObject[],
): KeycloakAdmin {
  const named = files.map(({ realm }) => realm).find((realm) => typeof realm === 'string');
  const env = { ...(named === undefined ? {} : { KEYCLOAK_REALM: named }), ...context.env };
  return connectKeycloak(context, keycloakSettings(options, env));
}
