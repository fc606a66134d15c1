import { describe, expect, it } from 'vitest';
import { discover, resourceOf } from '../../src/mcp/auth/discover.ts';
import { canned } from '../support/canned.ts';
import { type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const parameters = ({ path, query, body }: Seen): URLSearchParams =>
  path === '/authorize' ? query : new URLSearchParams(body);

/** Signed in and refreshed. @returns the parameters of authorize, code and refresh. */
async function asked(options: FakeMcpOptions) {
  const server = await fakeMcp({ oauth: true, expiresIn: 0, ...options });
  const host = mcpHost(server.url);
  expect((await host.initialize()).result).toBeDefined();
  expect((await host.request('tools/list')).result).toBeDefined();
  const requests = [...server.at('/authorize'), ...server.at('/token')].map(parameters);
  expect(requests.length).toBeGreaterThan(2);
  return { server, requests };
}

describe('the resource a token is asked for', () => {
  it('without a path has no slash that the metadata does not have, in authorize, code and refresh', async () => {
    const { server, requests } = await asked({ resource: (origin) => ({ resource: origin }) });
    expect(new Set(requests.map((one) => one.get('resource')))).toEqual(new Set([server.origin]));
  });

  it('is spelled exactly as in the metadata, with the slash that is there', async () => {
    const { server, requests } = await asked({ resource: (origin) => ({ resource: `${origin}/` }) });
    expect(new Set(requests.map((one) => one.get('resource')))).toEqual(new Set([`${server.origin}/`]));
  });

  it('is the address of the server where there is no metadata, in every request', async () => {
    const { server, requests } = await asked({ resource: 'none', challenge: 'bare' });
    expect(new Set(requests.map((one) => one.get('resource')))).toEqual(new Set([server.url]));
  });

  it.each([
    ['https://mcp.example', 'https://mcp.example'],
    ['https://mcp.example/', 'https://mcp.example'],
    ['https://mcp.example/a/', 'https://mcp.example/a/'],
    ['https://mcp.example/a?b=c#d', 'https://mcp.example/a?b=c'],
    ['https://mcp.example/?b=c', 'https://mcp.example/?b=c'],
  ])('of %s is %s', (address, resource) => {
    expect(resourceOf(new URL(address))).toBe(resource);
  });

  it.each([
    ['another host', () => 'https://other.example/mcp'],
    ['a longer path', (origin: string) => `${origin}/mcp/deeper`],
    ['another path', (origin: string) => `${origin}/other`],
  ])('must be this server and not %s: nothing is registered or opened', async (_, resource) => {
    const server = await fakeMcp({ oauth: true, resource: (origin) => ({ resource: resource(origin) }) });
    const host = mcpHost(server.url);
    expect((await host.initialize()).error?.message).toContain('is about another resource');
    expect(server.at('/register')).toEqual([]);
    expect(host.context.opened).toEqual([]);
  });
});

describe('the scope that is asked for', () => {
  it.each<[string, FakeMcpOptions, string | null]>([
    [
      'has offline_access where the server lists it',
      { metadata: { scopes_supported: ['offline_access'] } },
      'a offline_access',
    ],
    ['has none where the server does not', { metadata: { scopes_supported: ['a'] } }, 'a'],
  ])('%s', async (_, options, scope) => {
    const server = await fakeMcp({ oauth: true, challenge: 'scope="a"', ...options });
    await mcpHost(server.url).initialize();
    expect(server.at('/authorize')[0]?.query.get('scope')).toBe(scope);
  });
});

describe('the order in which addresses are asked', () => {
  const order = async (server: string, issuer: string, challenged?: string): Promise<readonly string[]> => {
    const seen: string[] = [];
    const ask = async (url: URL): Promise<Response> => {
      seen.push(url.href);
      return url.pathname.includes('oauth-protected-resource') && url.pathname.split('/').length === 3
        ? Response.json({ resource: server, authorization_servers: [issuer] })
        : new Response(null, { status: 404 });
    };
    const settings = { url: new URL(server), sendResource: true };
    const url = challenged === undefined ? undefined : new URL(challenged);
    await expect(discover({ settings, ask, note: () => undefined }, url)).rejects.toThrow('was not found');
    return seen;
  };
  const WELL = '/.well-known/';

  it('without a challenge: below the path, then at the root; then three addresses for an issuer with a path', async () => {
    expect(await order('https://mcp.example/a/mcp', 'https://as.example/realm')).toEqual([
      `https://mcp.example${WELL}oauth-protected-resource/a/mcp`,
      `https://mcp.example${WELL}oauth-protected-resource`,
      `https://as.example${WELL}oauth-authorization-server/realm`,
      `https://as.example${WELL}openid-configuration/realm`,
      `https://as.example/realm${WELL}openid-configuration`,
    ]);
  });

  it('a slash at the end of a path changes no address, and an issuer without a path has two', async () => {
    expect(await order('https://mcp.example/mcp/', 'https://as.example/')).toEqual([
      `https://mcp.example${WELL}oauth-protected-resource/mcp`,
      `https://mcp.example${WELL}oauth-protected-resource`,
      `https://as.example${WELL}oauth-authorization-server`,
      `https://as.example${WELL}openid-configuration`,
    ]);
  });

  it('the address of the challenge comes first, and none is asked twice', async () => {
    const challenged = `https://mcp.example${WELL}oauth-protected-resource/mcp`;
    const seen = await order('https://mcp.example/mcp', 'https://as.example', challenged);
    expect(seen.slice(0, 2)).toEqual([challenged, `https://mcp.example${WELL}oauth-protected-resource`]);
  });

  it('the first document that is one ends the search', async () => {
    const server = await fakeMcp({ oauth: true, intercept: canned({}) });
    await mcpHost(server.url).initialize();
    expect(server.steps().filter((step) => step.includes('well-known'))).toEqual([
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
    ]);
  });
});
