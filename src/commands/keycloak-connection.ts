import { serverBase } from '../keycloak/connect.ts';
import type { KeycloakConnection, KeycloakLogin } from '../keycloak/connection.ts';
import type { Env } from '../system/env.ts';
import { CodemieError, usageError } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';
import type { OptionValues } from './spec.ts';

/**
 * Where and how to reach Keycloak, from flags and variables; flags win. Of two accounts, the client is used.
 *
 * @throws USAGE, URL_INVALID or URL_INSECURE (2); KEYCLOAK_LOGIN (4) if no account is given.
 */
export function keycloakSettings(options: OptionValues, env: Env): KeycloakConnection {
  const given = (flag: string, variable: string): string => {
    const value = options.text(flag) ?? env[variable] ?? '';
    if (value !== '') return value;
    throw usageError(`Which ${flag === 'server' ? 'Keycloak server' : 'realm'} do you mean?`, {
      hint: `Pass --${flag}, or set ${variable}.`,
    });
  };
  const adminRealm = options.text('admin-realm');
  return {
    server: serverBase(given('server', 'KEYCLOAK_URL')),
    realm: given('realm', 'KEYCLOAK_REALM'),
    ...(adminRealm === undefined ? {} : { adminRealm }),
    login: loginFrom(env),
  };
}

/** @throws KEYCLOAK_LOGIN (4) if no account is given; USAGE (2) for half of one. */
export function loginFrom(env: Env): KeycloakLogin {
  const client = pair(env, 'KEYCLOAK_ADMIN_CLIENT_ID', 'KEYCLOAK_ADMIN_CLIENT_SECRET');
  if (client !== undefined) return { kind: 'client', clientId: client.name, secret: client.secret };
  const person = pair(env, 'KC_BOOTSTRAP_ADMIN_USERNAME', 'KC_BOOTSTRAP_ADMIN_PASSWORD');
  if (person !== undefined) return { kind: 'password', username: person.name, password: person.secret };
  throw new CodemieError({
    code: 'KEYCLOAK_LOGIN',
    message: 'There is no account to sign in to Keycloak with.',
    hint: 'Set KEYCLOAK_ADMIN_CLIENT_ID and KEYCLOAK_ADMIN_CLIENT_SECRET, or KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD.',
  });
}

function pair(
  env: Env,
  nameVariable: string,
  secretVariable: string,
): { readonly name: string; readonly secret: Secret } | undefined {
  const name = env[nameVariable] ?? '';
  const secret = env[secretVariable] ?? '';
  if (name === '' && secret === '') return undefined;
  if (name !== '' && secret !== '') return { name, secret: new Secret(secret) };
  const [set, missing] = name === '' ? [secretVariable, nameVariable] : [nameVariable, secretVariable];
  throw usageError(`${set} is set, but ${missing} is not.`, { hint: `Set ${missing}, too.` });
}
