import type { Context } from '../../context.ts';
import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { connectKeycloak } from '../../keycloak/connect.ts';
import type { JsonObject } from '../../realm/model/values.ts';
import { usageError } from '../../system/errors.ts';
import { keycloakSettings } from '../keycloak-connection.ts';
import type { OptionValues } from '../spec.ts';

/**
 * The admin API of the realm of `--realm`, of KEYCLOAK_REALM, or of the files.
 *
 * @throws USAGE where only the files name a realm, and they name several; the errors of `keycloakSettings`.
 */
export function realmAdmin(
  options: OptionValues,
  context: Context,
  files: readonly JsonObject[],
): KeycloakAdmin {
  const { env } = context;
  if (options.has('realm') || (env['KEYCLOAK_REALM'] ?? '') !== '')
    return connectKeycloak(context, keycloakSettings(options, env));
  const [named, other] = new Set(files.flatMap(({ realm }) => (typeof realm === 'string' ? [realm] : [])));
  if (other !== undefined)
    throw usageError(`The files are of different realms: "${named}" and "${other}".`, {
      hint: 'Name the realm with --realm, or give the files of one realm.',
    });
  return connectKeycloak(context, keycloakSettings(options, { ...env, KEYCLOAK_REALM: named }));
}
