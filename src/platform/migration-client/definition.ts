import type { JsonObject } from '../../system/json.ts';
import { NEEDED_ROLES } from '../users/keycloak/access.ts';

/** What to create. */
export interface MigrationClient {
  readonly clientId: string;
  /** As the platform's documentation describes it, instead of with what reading users needs. */
  readonly isDocumented: boolean;
}

/** An attribute of the client, by which `delete` knows that `create` made it. */
export const MARKER = 'codemie.migration-client';

/** The roles of realm-management in the platform's documentation. */
const DOCUMENTED_ROLES = [
  'view-users',
  'view-clients',
  'view-authorization',
  'view-events',
  'view-realm',
  'view-identity-providers',
  'query-users',
  'query-clients',
  'query-groups',
  'query-realms',
] as const;

/** @returns the roles of realm-management that the account of the client gets. */
export function rolesOf({ isDocumented }: MigrationClient): readonly string[] {
  return isDocumented ? DOCUMENTED_ROLES : NEEDED_ROLES;
}

/**
 * @returns the client as Keycloak's admin API takes it, without its secret. It can do nothing but sign in as itself; the
 *   documented one has redirects and the authorization service, too, which nothing uses.
 */
export function clientOf({ clientId, isDocumented }: MigrationClient): JsonObject {
  const everywhere = isDocumented ? ['/*'] : [];
  return {
    clientId,
    name: 'CodeMie: import of users',
    description: 'Reads users for their import into CodeMie. Delete it after the import.',
    protocol: 'openid-connect',
    enabled: true,
    publicClient: false,
    clientAuthenticatorType: 'client-secret',
    serviceAccountsEnabled: true,
    // Keycloak shows it only where it is on.
    ...(isDocumented ? { authorizationServicesEnabled: true } : {}),
    standardFlowEnabled: isDocumented,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    redirectUris: everywhere,
    webOrigins: everywhere,
    attributes: { [MARKER]: 'true' },
  };
}

/** @returns a realm file with the client and the roles of its account: what `create` makes, for review or `realm apply`. */
export function realmFileOf(client: MigrationClient): JsonObject {
  return {
    clients: [clientOf(client)],
    users: [
      {
        username: `service-account-${client.clientId.toLowerCase()}`,
        enabled: true,
        serviceAccountClientId: client.clientId,
        clientRoles: { 'realm-management': rolesOf(client) },
      },
    ],
  };
}
