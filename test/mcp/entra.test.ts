import { describe, expect, it } from 'vitest';
import { canned, serverMetadata } from '../support/canned.ts';
import { type FakeMcp, type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const SCOPE = 'api://x/.default offline_access';
const OPTIONS = {
  'client-id': 'by-hand',
  'no-resource': true,
  'oauth-scope': SCOPE,
  'allow-missing-pkce-metadata': true,
} as const;
const VARIABLES = {
  CODEMIE_MCP_CLIENT_ID: 'by-hand',
  CODEMIE_MCP_NO_RESOURCE: '1',
  CODEMIE_MCP_OAUTH_SCOPE: SCOPE,
  CODEMIE_MCP_ALLOW_MISSING_PKCE: '1',
};

/** A server as Entra v2 is: no registration, PKCE not announced, `resource` refused, a page of errors without a way back. */
function entra(options: FakeMcpOptions = {}): Promise<FakeMcp> {
  const metadata = (origin: string) => {
    const {
      registration_endpoint: _,
      code_challenge_methods_supported: __,
      ...rest
    } = serverMetadata(origin);
    return { json: rest };
  };
  const wells = canned({
    '/.well-known/oauth-authorization-server': { status: 404 },
    '/.well-known/openid-configuration': metadata,
  });
  return fakeMcp({
    oauth: true,
    ...options,
    intercept: (seen, response) => {
      if (wells(seen, response) === true) return true;
      if (seen.path !== '/authorize' && seen.path !== '/token') return false;
      const asked = parameters(seen);
      const isRight = !asked.has('resource') && (asked.get('scope') ?? '').includes('api://x/.default');
      if (isRight) return false;
      response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>AADSTS9010010</h1>');
      return true;
    },
  });
}

const parameters = ({ path, query, body }: Seen): URLSearchParams =>
  path === '/authorize' ? query : new URLSearchParams(body);

describe('a server that refuses the resource parameter and finds the resource by its scope', () => {
  it.each([
    ['options', { settings: OPTIONS }],
    ['variables, as .mcp.json can set them', { env: VARIABLES }],
  ])('is signed in to with %s; scope and no resource are the same in each request', async (_, options) => {
    const server = await entra({ expiresIn: 0 });
    const host = mcpHost(server.url, options);
    expect((await host.initialize()).result).toBeDefined();
    expect((await host.request('tools/list')).result).toBeDefined();
    const asked = [...server.at('/authorize'), ...server.at('/token')].map(parameters);
    expect(asked.map((one) => one.get('grant_type')).slice(0, 3)).toEqual([
      null,
      'authorization_code',
      'refresh_token',
    ]);
    expect(new Set(asked.map((one) => one.get('scope')))).toEqual(new Set([SCOPE]));
    expect(asked.some((one) => one.has('resource'))).toBe(false);
    expect(server.at('/register')).toEqual([]);
  });

  it('without them nobody comes back; at the time limit the error names them', async () => {
    const server = await entra();
    const { 'client-id': id, 'allow-missing-pkce-metadata': pkce } = OPTIONS;
    const host = mcpHost(server.url, {
      settings: { 'client-id': id, 'allow-missing-pkce-metadata': pkce, timeout: '200ms' },
    });
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_SIGN_IN_TIMED_OUT');
    expect(error?.data.hint).toContain('--no-resource');
    expect(error?.data.hint).toContain('--oauth-scope');
    expect(server.at('/token')).toEqual([]);
  });

  it('elsewhere the scope you give is not repeated in a refresh, where a server may have granted less', async () => {
    const server = await fakeMcp({ oauth: true, expiresIn: 0 });
    const host = mcpHost(server.url, { settings: { 'oauth-scope': 'a b' } });
    await host.initialize();
    await host.request('tools/list');
    const [code, refresh] = server.at('/token').map(parameters);
    expect([code?.has('scope'), refresh?.has('scope')]).toEqual([false, false]);
    expect(refresh?.get('resource')).toBe(server.url);
  });
});
