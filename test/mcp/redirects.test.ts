import { describe, expect, it } from 'vitest';
import { type FakeMcp, type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { handClock } from '../support/hand-clock.ts';
import { mcpHost } from '../support/mcp-host.ts';

const STATUSES = [301, 302, 303, 307, 308];

/** A server that sends what `when` picks to another origin. */
async function leading(when: (one: Seen) => boolean, status: number, more: FakeMcpOptions = {}) {
  const elsewhere = await fakeMcp();
  let isLeading = false;
  const server: FakeMcp = await fakeMcp({
    oauth: true,
    ...more,
    intercept: (one, response) => {
      response.setHeader('set-cookie', 'lb=cookie-1; Path=/');
      if (!isLeading || !when(one)) return false;
      response.writeHead(status, { location: `${elsewhere.origin}${one.path}` }).end();
      return true;
    },
  });
  return {
    elsewhere,
    server,
    lead: () => {
      isLeading = true;
    },
  };
}

describe('a redirect to another origin is not followed: no token, code, verifier or cookie gets there', () => {
  it.each(STATUSES)('from the MCP server, %d', async (status) => {
    const { elsewhere, server, lead } = await leading(({ path }) => path === '/mcp', status);
    const host = mcpHost(server.url);
    await host.initialize();
    lead();
    const { error } = await host.request('tools/list');
    expect(error?.message).toContain(new URL(server.url).host);
    expect(server.at('/mcp').at(-1)?.headers.authorization).toBe(`Bearer ${server.issued[0]}`);
    expect(server.at('/mcp').at(-1)?.headers.cookie).toBe('lb=cookie-1');
    expect(elsewhere.seen).toEqual([]);
  });

  it.each(STATUSES)('from the token endpoint, %d', async (status) => {
    const { elsewhere, server, lead } = await leading(({ path }) => path === '/token', status);
    lead();
    const { error } = await mcpHost(server.url).initialize();
    expect(error?.data.code).toBe('MCP_TOKEN_FAILED');
    expect(server.at('/token')).toHaveLength(1);
    expect(elsewhere.seen).toEqual([]);
  });

  it('from the token endpoint, when it refreshes', async () => {
    const { elsewhere, server, lead } = await leading(({ path }) => path === '/token', 307);
    const host = mcpHost(server.url, { override: { clock: handClock() } });
    await host.initialize();
    server.valid.clear();
    lead();
    expect((await host.request('tools/list')).error?.data.code).toBe('MCP_TOKEN_FAILED');
    expect(elsewhere.seen).toEqual([]);
  });

  it.each([
    ['the registration endpoint', '/register'],
    ['the metadata of the resource', '/.well-known/oauth-protected-resource/mcp'],
    ['the metadata of the sign-in server', '/.well-known/oauth-authorization-server'],
  ])('from %s', async (_, where) => {
    const { elsewhere, server, lead } = await leading(({ path }) => path === where, 307);
    lead();
    const host = mcpHost(server.url);
    await host.initialize();
    expect(server.at(where).length).toBeGreaterThan(0);
    expect(elsewhere.seen).toEqual([]);
  });

  it('from the stream of a server over HTTP with SSE', async () => {
    const { elsewhere, server, lead } = await leading(({ method }) => method === 'GET', 302, {
      oauth: false,
      transport: 'sse',
    });
    lead();
    expect((await mcpHost(server.url).initialize()).error).toBeDefined();
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('the messages of a server over HTTP with SSE', () => {
  it('are not posted to another origin', async () => {
    const elsewhere = await fakeMcp();
    const server = await fakeMcp({
      intercept: ({ method, path }, response) => {
        if (method !== 'GET' || path !== '/mcp') return false;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: endpoint\ndata: ${elsewhere.origin}/messages\n\n`);
        return true;
      },
    });
    const host = mcpHost(server.url, { settings: { transport: 'sse' } });
    expect((await host.initialize()).error).toBeDefined();
    expect(elsewhere.seen).toEqual([]);
  });
});
