import { describe, expect, it } from 'vitest';
import { isSameIssuer, issuerKey } from '../../src/mcp/auth/issuer.ts';
import { canned, serverMetadata } from '../support/canned.ts';
import { type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

async function signIn(options: FakeMcpOptions) {
  const server = await fakeMcp({ oauth: true, ...options });
  const host = mcpHost(server.url);
  return { server, host, reply: await host.initialize() };
}

describe('one issuer in two spellings', () => {
  it.each([
    ['with the slash in its own metadata alone', '', '/'],
    ['with the slash in the metadata of the resource alone', '/', ''],
    ['with the slash in both', '/', '/'],
    ['without', '', ''],
  ])('is one server %s, and the callback names it as its metadata does', async (_, resource, metadata) => {
    const { reply } = await signIn({
      resource: (origin) => ({ authorization_servers: [`${origin}${resource}`] }),
      metadata: (origin) => ({ issuer: `${origin}${metadata}` }),
      callback: (origin) => ({ iss: `${origin}${metadata}` }),
    });
    expect(reply.result).toBeDefined();
  });

  it('metadata of another host is refused, and none of its endpoints is contacted', async () => {
    const { reply, server, host } = await signIn({ metadata: { issuer: 'https://other.example' } });
    expect(reply.error?.message).toContain('of another issuer, https://other.example');
    expect(server.steps().filter((step) => !step.includes('.well-known'))).toEqual([]);
    expect(host.context.opened).toEqual([]);
  });

  it.each([
    ['/realm', '/realm/'],
    ['/realm/', '/realm'],
  ])('with a path, %s and %s are two, and the document is refused', async (resource, metadata) => {
    const { reply, server, host } = await signIn({
      resource: (origin) => ({ authorization_servers: [`${origin}${resource}`] }),
      intercept: canned({
        '/.well-known/oauth-authorization-server/realm': (origin) => ({
          json: serverMetadata(origin, `${origin}${metadata}`),
        }),
      }),
    });
    expect(reply.error?.data.code).toBe('MCP_DISCOVERY_FAILED');
    expect(server.at('/register')).toEqual([]);
    expect(host.context.opened).toEqual([]);
  });

  it('the iss of a callback with a slash more than the metadata has gets no token request', async () => {
    const { reply, server } = await signIn({ callback: (origin) => ({ iss: `${origin}/` }) });
    expect(reply.error?.data.code).toBe('MCP_SIGN_IN_FAILED');
    expect(server.at('/token')).toEqual([]);
  });

  it('a registration and a refresh token are found again under the other spelling', async () => {
    let slash = '';
    const server = await fakeMcp({
      oauth: true,
      metadata: (origin) => ({ issuer: `${origin}${slash}` }),
      callback: (origin) => ({ iss: `${origin}${slash}` }),
    });
    const host = mcpHost(server.url);
    await host.initialize();
    slash = '/';
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(1);
    expect(host.context.opened).toHaveLength(1);
  });

  it.each([
    ['https://as.example', 'https://as.example/', true],
    ['https://as.example:8443', 'https://as.example:8443/', true],
    ['https://as.example', 'https://as.example', true],
    ['https://as.example', 'http://as.example', false],
    ['https://as.example', 'https://as.example//', false],
    ['https://as.example', 'https://AS.example', false],
    ['https://as.example/a', 'https://as.example/a/', false],
    ['https://as.example?a', 'https://as.example/?a', false],
  ])('%s and %s: one server is %s', (one, other, expected) => {
    expect(isSameIssuer(one, other)).toBe(expected);
    expect(issuerKey(one) === issuerKey(other)).toBe(expected);
  });
});
