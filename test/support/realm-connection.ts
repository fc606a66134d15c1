import { readFileSync } from 'node:fs';
import type { KeycloakAdmin } from '../../src/keycloak/admin.ts';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import type { KeycloakConnection, KeycloakLogin } from '../../src/keycloak/connection.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from './context.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { ADMIN, type KeycloakServer } from './keycloak-server.ts';

export const ADMINISTRATOR: KeycloakLogin = {
  kind: 'password',
  username: ADMIN.username,
  password: new Secret(ADMIN.password),
};

/** The roles of an account that may see everything of a realm but its organizations and workflows. */
export const VIEW = ['view-realm', 'view-clients', 'view-identity-providers', 'view-users'];

/** The admin API of a realm, through a proxy that notes the requests. Signs in as the administrator. */
export async function connectThroughProxy(
  keycloak: KeycloakServer,
  realm: string,
  changes: Partial<KeycloakConnection> = {},
): Promise<{ readonly admin: KeycloakAdmin; readonly proxy: CountingProxy }> {
  const proxy = await countingProxy(keycloak.url);
  const connection = { server: proxy.url, realm, login: ADMINISTRATOR, ...changes };
  return { admin: connectKeycloak(testContext(), connection), proxy };
}

/** As {@link connectThroughProxy}, where nobody asks for the requests. */
export async function adminOf(
  keycloak: KeycloakServer,
  realm: string,
  changes: Partial<KeycloakConnection> = {},
): Promise<KeycloakAdmin> {
  return (await connectThroughProxy(keycloak, realm, changes)).admin;
}

/** Creates a client in the realm that has some roles of realm-management. */
export async function serviceAccount(
  { call }: KeycloakServer,
  realm: string,
  roles: readonly string[],
): Promise<KeycloakLogin> {
  const secret = 'viewer-secret-of-this-test';
  const at = (path: string): string => `/${realm}${path}`;
  const idOf = async (path: string): Promise<string> => {
    const found = await call('GET', at(path));
    return ((Array.isArray(found) ? found[0] : found) as { id: string }).id;
  };
  await call('POST', at('/clients'), {
    clientId: 'viewer',
    secret,
    publicClient: false,
    protocol: 'openid-connect',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    directAccessGrantsEnabled: false,
  });
  const management = await idOf('/clients?clientId=realm-management');
  const user = await idOf(`/clients/${await idOf('/clients?clientId=viewer')}/service-account-user`);
  const all = (await call('GET', at(`/clients/${management}/roles`))) as { name: string }[];
  await call(
    'POST',
    at(`/users/${user}/role-mappings/clients/${management}`),
    all.filter(({ name }) => roles.includes(name)),
  );
  return { kind: 'client', clientId: 'viewer', secret: new Secret(secret) };
}

export const FIXTURES = 'test/fixtures/realms';

/** @returns a realm file of the tests. */
export function realmFile(name: string, folder = FIXTURES): Record<string, unknown> {
  // Ids are global in a server, so the same file could not be imported twice.
  const { id: _, ...file } = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
  return file;
}
