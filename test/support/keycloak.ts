import { keycloakServer } from './keycloak-server.ts';

export { prepareKeycloak } from './keycloak-server.ts';

export const REALM = 'codemie';
export const USER = { username: 'ada', password: 'ada-keycloak-password', email: 'ada@keycloak.example' };

export interface Keycloak {
  readonly url: string;
  readonly issuer: string;
  /** Calls the admin API below the first realm; returns the parsed response. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Creates another realm like the first, with `changes`. */
  realm(name: string, changes: Record<string, unknown>): Promise<Pick<Keycloak, 'issuer' | 'admin'>>;
}

/**
 * The server of this run with one realm to sign in to: a public native client with PKCE and device grant, rotation without
 * reuse, short-lived tokens.
 */
export async function startKeycloak(accessTokenLifespan: number): Promise<Keycloak> {
  const { url, call, importRealm } = await keycloakServer();
  const create: Keycloak['realm'] = async (name, changes) => {
    await importRealm({ ...realm(name, accessTokenLifespan), ...changes }, name);
    return {
      issuer: `${url}/realms/${name}`,
      admin: (method, path, body) => call(method, `/${name}${path}`, body),
    };
  };
  return { url, ...(await create(REALM, {})), realm: create };
}

function realm(name: string, accessTokenLifespan: number): Record<string, unknown> {
  return {
    realm: name,
    enabled: true,
    sslRequired: 'none',
    accessTokenLifespan,
    revokeRefreshToken: true,
    refreshTokenMaxReuse: 0,
    clients: [
      {
        clientId: 'codemie-cli',
        publicClient: true,
        standardFlowEnabled: true,
        directAccessGrantsEnabled: false,
        redirectUris: ['http://127.0.0.1/callback'],
        attributes: {
          'pkce.code.challenge.method': 'S256',
          'oauth2.device.authorization.grant.enabled': 'true',
          'oauth2.device.polling.interval': '1',
        },
      },
    ],
    users: [
      {
        username: USER.username,
        email: USER.email,
        emailVerified: true,
        firstName: 'Ada',
        lastName: 'Lovelace',
        enabled: true,
        credentials: [{ type: 'password', value: USER.password, temporary: false }],
        realmRoles: [`default-roles-${name}`, 'offline_access'],
      },
    ],
  };
}
