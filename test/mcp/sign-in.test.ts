import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const form = ({ body }: Seen): URLSearchParams => new URLSearchParams(body);

describe('the sign-in of a server that asks for one', () => {
  it('takes the steps in their order, and the first request is answered once', async () => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url);
    expect((await host.initialize()).result).toMatchObject({ serverInfo: { name: 'fake' } });
    expect(server.steps()).toEqual([
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /token',
    ]);
    expect(host.context.opened).toHaveLength(1);
    expect(host.lines().filter(({ id }) => id === 1)).toHaveLength(1);
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(server.at('/mcp').at(-1)?.headers.authorization).toBe(`Bearer ${server.issued[0]}`);
  });

  it('over HTTP with SSE, too', async () => {
    const server = await fakeMcp({ oauth: true, transport: 'sse' });
    const host = mcpHost(server.url);
    expect((await host.initialize()).result).toMatchObject({ serverInfo: { name: 'fake' } });
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(host.context.opened).toHaveLength(1);
  });

  it.each([
    [undefined, 'CodeMie CLI'],
    ['Claude Code (my-server)', 'Claude Code (my-server)'],
  ])('registers a client, MCP_CLIENT_NAME=%s', async (name, expected) => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url, { env: { MCP_CLIENT_NAME: name } });
    await host.initialize();
    const body = JSON.parse(server.at('/register')[0]?.body ?? '{}');
    expect(body).toMatchObject({
      client_name: expected,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    expect(body.redirect_uris).toEqual([expect.stringMatching(/^http:\/\/localhost:\d+\/callback$/)]);
  });

  it('sends PKCE, state and the resource as the server names it', async () => {
    const server = await fakeMcp({ oauth: true });
    await mcpHost(server.url).initialize();
    const asked = server.at('/authorize')[0]?.query;
    const sent = form(server.at('/token')[0] as Seen);
    expect(asked?.get('response_type')).toBe('code');
    expect(asked?.get('code_challenge_method')).toBe('S256');
    expect(asked?.get('code_challenge')).toHaveLength(43);
    expect(asked?.get('state')).toMatch(/^[\w-]{22,}$/);
    expect(asked?.get('resource')).toBe(server.url);
    expect(asked?.get('redirect_uri')).toBe(
      JSON.parse(server.at('/register')[0]?.body ?? '').redirect_uris[0],
    );
    expect(sent.get('resource')).toBe(server.url);
    expect(sent.get('redirect_uri')).toBe(asked?.get('redirect_uri'));
    const digest = createHash('sha256').update(sent.get('code_verifier') ?? '');
    expect(digest.digest('base64url')).toBe(asked?.get('code_challenge'));
  });

  it('sends the resource where the server has no metadata of it', async () => {
    const server = await fakeMcp({ oauth: true, resource: 'none', challenge: 'bare' });
    await mcpHost(server.url).initialize();
    expect(server.at('/authorize')[0]?.query.get('resource')).toBe(server.url);
    expect(form(server.at('/token')[0] as Seen).get('resource')).toBe(server.url);
  });

  it('leaves the resource out with --no-resource', async () => {
    const server = await fakeMcp({ oauth: true });
    await mcpHost(server.url, { settings: { 'no-resource': true } }).initialize();
    expect(server.at('/authorize')[0]?.query.has('resource')).toBe(false);
    expect(form(server.at('/token')[0] as Seen).has('resource')).toBe(false);
  });

  it.each([
    [
      'the scope of the challenge',
      { challenge: 'scope="files:read"', resource: { scopes_supported: ['a', 'b'] } },
      'files:read',
    ],
    ['the scopes of the resource', { resource: { scopes_supported: ['a', 'b'] } }, 'a b'],
    ['no scope where nothing names one', {}, null],
  ])('asks for %s', async (_, options, scope) => {
    const server = await fakeMcp({ oauth: true, ...options });
    await mcpHost(server.url).initialize();
    expect(server.at('/authorize')[0]?.query.get('scope')).toBe(scope);
  });

  it('uses a client that was registered by hand', async () => {
    const server = await fakeMcp({ oauth: true });
    await mcpHost(server.url, { env: { CODEMIE_MCP_CLIENT_ID: 'by-hand' } }).initialize();
    expect(server.at('/register')).toEqual([]);
    expect(server.at('/authorize')[0]?.query.get('client_id')).toBe('by-hand');
  });

  it('a header of your own switches the sign-in off', async () => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url, {
      env: { CODEMIE_MCP_HEADERS: 'Authorization: Bearer own-token-of-mine' },
    });
    expect((await host.initialize()).error?.data.code).toBe('MCP_UNAUTHORIZED');
    expect(server.steps()).toEqual([]);
    expect(host.context.opened).toEqual([]);
  });
});

describe('a sign-in that does not come about', () => {
  it.each([
    ['absent', undefined],
    ['plain alone', ['plain']],
  ])('PKCE %s: no browser, and the error says why', async (_, methods) => {
    const server = await fakeMcp({ oauth: true, metadata: { code_challenge_methods_supported: methods } });
    const host = mcpHost(server.url);
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_PKCE_UNSUPPORTED');
    expect(error?.message).toContain('PKCE');
    expect(host.context.opened).toEqual([]);
  });

  it('PKCE absent works with the switch', async () => {
    const server = await fakeMcp({ oauth: true, metadata: { code_challenge_methods_supported: undefined } });
    const host = mcpHost(server.url, { env: { CODEMIE_MCP_ALLOW_MISSING_PKCE: '1' } });
    expect((await host.initialize()).result).toBeDefined();
  });

  it.each([
    ['no registration', undefined, 0],
    ['a registration that is refused', 403, 1],
  ])('%s: the error names --client-id', async (_, status, registrations) => {
    const server = await fakeMcp({
      oauth: true,
      metadata: status === undefined ? { registration_endpoint: undefined } : {},
      intercept: ({ path }, response) => {
        if (path !== '/register') return false;
        response
          .writeHead(status ?? 500, { 'content-type': 'application/json' })
          .end('{"error":"access_denied"}');
        return true;
      },
    });
    const host = mcpHost(server.url);
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_REGISTRATION_REFUSED');
    expect(error?.data.hint).toContain('--client-id');
    expect(server.at('/register')).toHaveLength(registrations);
    expect(host.context.opened).toEqual([]);
  });

  it.each([
    ['400', 400],
    ['500', 500],
  ])('a token endpoint that answers %s', async (_, status) => {
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (path !== '/token') return false;
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
        return true;
      },
    });
    const host = mcpHost(server.url);
    const { error } = await host.initialize();
    expect(error?.data.code).toMatch(/^MCP_(SIGN_IN|TOKEN)_FAILED$/);
    expect(host.context.opened).toHaveLength(1);
  });

  it('discovery that is down is an error, not a browser', async () => {
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (!path.includes('.well-known')) return false;
        response.writeHead(503).end();
        return true;
      },
    });
    const host = mcpHost(server.url);
    expect((await host.initialize()).error?.data.code).toBe('MCP_DISCOVERY_FAILED');
    expect(host.context.opened).toEqual([]);
  });
});
