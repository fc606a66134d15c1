import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { AUTHENTICATION_FAILED } from '../../src/sandbox/api/answers.ts';

export interface FakePlatformOptions {
  /** Accepts only tokens for its own audience. */
  readonly strict?: boolean;
  /** Called with every request, as text. */
  readonly heard?: (request: string) => void;
}

/** A CodeMie with a separate identity provider: it names the provider, and verifies tokens with its published keys. */
export async function fakePlatform(
  issuer: string,
  { strict = false, heard }: FakePlatformOptions = {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  // Fetches an unknown key at once: by default jose waits 30 s between two fetches.
  const keys = createRemoteJWKSet(new URL(`${issuer}/protocol/openid-connect/certs`), {
    cooldownDuration: 0,
  });
  let url = '';
  const server = createServer(async (request, response) => {
    heard?.(`${request.method} ${request.url} ${request.rawHeaders.join(' ')}`);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (path.startsWith('/.well-known/oauth-protected-resource'))
      return json(200, { resource: `${url}/code-assistant-api`, authorization_servers: [issuer] });
    if (path.endsWith('/v1/info')) return json(200, { message: 'Codemie', version: '2.42.0' });
    if (path.endsWith('/v1/healthcheck')) return json(200, { status: 'healthy' });
    if (path.endsWith('/v1/config'))
      return json(200, [{ id: 'idpProvider', settings: { value: 'keycloak' } }]);
    try {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const audience = strict ? { audience: `${url}/code-assistant-api` } : {};
      const { payload } = await jwtVerify(token, keys, { issuer, ...audience });
      if (path.endsWith('/v1/user'))
        return json(200, {
          user_id: payload.sub,
          name: payload['name'],
          username: payload['preferred_username'],
          email: payload['email'],
          projects: [{ name: 'p', display_name: null, is_project_admin: false }],
          applications: ['p'],
          applications_admin: [],
        });
      return json(200, [{ base_name: 'claude-sonnet-4-6', enabled: true, default: true }]);
    } catch {
      return json(AUTHENTICATION_FAILED.status, AUTHENTICATION_FAILED.body);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
