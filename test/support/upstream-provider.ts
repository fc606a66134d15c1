import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import type { Configuration } from 'oidc-provider';
import { vi } from 'vitest';

/** A person of the company, as the company's provider knows them. */
export interface UpstreamPerson {
  readonly email: string;
  readonly given_name: string;
  readonly family_name: string;
  /** App roles. As with Microsoft Entra ID, only the ID token has them. */
  readonly roles: readonly string[];
}

/** The provider of a company, in place of Microsoft Entra ID. It asks for no password. */
export interface UpstreamProvider {
  readonly issuer: string;
  /** Who signs in next. */
  person: UpstreamPerson;
  close(): void;
}

interface BrokerClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** @param client of the broker. It must use PKCE and send its secret in the form. */
export async function upstreamProvider(client: BrokerClient): Promise<UpstreamProvider> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream: UpstreamProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: { email: 'nobody@company.example', given_name: '', family_name: '', roles: [] },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const provider = await quietProvider(upstream.issuer, {
    ...(await settings(client)),
    findAccount: async (_, accountId) => ({
      accountId,
      claims: async (use) => {
        const { roles, ...person } = upstream.person;
        const claims = { sub: accountId, preferred_username: person.email, ...person };
        return use === 'id_token' ? { ...claims, roles } : claims;
      },
    }),
    // Nobody is asked for consent.
    loadExistingGrant: async ({ oidc: { provider, session } }) => {
      const accountId = session?.accountId;
      const grant = new provider.Grant({
        clientId: client.id,
        ...(accountId === undefined ? {} : { accountId }),
      });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  const handle = provider.callback();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/') !== true) return void handle(request, response);
    const login = { accountId: upstream.person.email };
    void provider.interactionFinished(request, response, { login });
  });
  return upstream;
}

async function settings(client: BrokerClient): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const [minute, hour] = [60, 3600];
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'company' }] },
    cookies: { keys: ['cookie-key-of-this-test'] },
    pkce: { required: () => true },
    claims: {
      openid: ['sub'],
      profile: ['given_name', 'family_name', 'preferred_username', 'roles'],
      email: ['email'],
    },
    conformIdTokenClaims: false,
    ttl: { AccessToken: minute, Grant: hour, IdToken: minute, Interaction: hour, Session: hour },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false } },
  };
}

/** The library warns on the console about Node versions and about its memory adapter. */
async function quietProvider(issuer: string, configuration: Configuration) {
  const silent = (['warn', 'info'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation(() => undefined),
  );
  try {
    const { Provider } = await import('oidc-provider');
    return new Provider(issuer, configuration);
  } finally {
    for (const spy of silent) spy.mockRestore();
  }
}
