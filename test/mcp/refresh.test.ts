import { describe, expect, it } from 'vitest';
import { type FakeMcp, type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { handClock } from '../support/hand-clock.ts';
import { type McpHost, type McpHostOptions, mcpHost } from '../support/mcp-host.ts';

const HOUR = 3_600_000;

/** A host that is signed in to a server whose tokens hold for an hour. */
async function signedIn(options: FakeMcpOptions = {}, more: McpHostOptions = {}) {
  const clock = handClock();
  const server = await fakeMcp({ oauth: true, expiresIn: HOUR / 1000, ...options });
  const host = mcpHost(server.url, { ...more, override: { clock, ...more.override } });
  expect((await host.initialize()).result).toBeDefined();
  return { clock, server, host };
}

const grants = (server: FakeMcp) =>
  server.at('/token').map(({ body }) => new URLSearchParams(body).get('grant_type'));
const browsers = ({ context }: McpHost): number => context.opened.length;

describe('an access token that has expired', () => {
  it('is refreshed once, with the resource, when two requests find it so, and no browser opens', async () => {
    const { clock, server, host } = await signedIn();
    clock.pass(HOUR);
    server.valid.clear();
    const replies = await Promise.all([host.request('tools/list'), host.request('tools/list')]);
    expect(replies.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(grants(server)).toEqual(['authorization_code', 'refresh_token']);
    const sent = new URLSearchParams(server.at('/token')[1]?.body);
    expect(sent.get('resource')).toBe(server.url);
    expect(browsers(host)).toBe(1);
  });

  it('is refreshed with the rotated refresh token the next time', async () => {
    const { clock, server, host } = await signedIn();
    for (const _ of [1, 2, 3]) {
      clock.pass(HOUR);
      expect((await host.request('tools/list')).result).toBeDefined();
    }
    const tokens = server.at('/token').map(({ body }) => new URLSearchParams(body).get('refresh_token'));
    expect(new Set(tokens).size).toBe(4);
    expect(server.issued).toHaveLength(4);
    expect(browsers(host)).toBe(1);
  });

  it('is refreshed before it ends, so that no request is refused', async () => {
    const { clock, server, host } = await signedIn();
    clock.pass(HOUR - 20_000);
    await host.request('tools/list');
    expect(grants(server)).toEqual(['authorization_code', 'refresh_token']);
    expect(server.at('/mcp').at(-1)?.headers.authorization).toBe(`Bearer ${server.issued[1]}`);
  });

  it('and that the server refused without a word before is refreshed, too', async () => {
    const { server, host } = await signedIn();
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(grants(server)).toEqual(['authorization_code', 'refresh_token']);
    expect(browsers(host)).toBe(1);
  });

  it('needs no port for its refresh: another program may hold the fixed one', async () => {
    const { clock, server, host } = await signedIn();
    const back = new URL(new URL(host.context.opened[0] ?? '').searchParams.get('redirect_uri') ?? '');
    const other = await fakeMcp();
    expect(back.port).not.toBe(new URL(other.origin).port);
    clock.pass(HOUR);
    await host.request('tools/list');
    expect(server.at('/register')).toHaveLength(1);
  });
});

describe('a refresh that fails', () => {
  it('with invalid_grant leads to one browser, and the request that waited is answered', async () => {
    const { clock, server, host } = await signedIn();
    clock.pass(HOUR);
    server.valid.clear();
    server.refreshable.clear();
    const replies = await Promise.all([host.request('tools/list'), host.request('tools/list')]);
    expect(replies.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(browsers(host)).toBe(2);
    expect(server.at('/register')).toHaveLength(1);
  });

  it.each([
    ['answers 503', 503],
    ['drops the connection', 0],
    ['answers 429', 429],
  ])('because the token endpoint %s costs no browser, and works when it is back', async (_, status) => {
    let isDown = false;
    const { clock, server, host } = await signedIn({
      intercept: ({ path }, response) => {
        if (path !== '/token' || !isDown) return false;
        if (status === 0) response.destroy();
        else response.writeHead(status).end();
        return true;
      },
    });
    clock.pass(HOUR);
    server.valid.clear();
    isDown = true;
    const { error } = await host.request('tools/list');
    expect(error?.data).toEqual({ code: 'MCP_TOKEN_FAILED', hint: expect.stringContaining('Try again') });
    for (const _again of [1, 2, 3, 4, 5])
      expect((await host.request('tools/list')).error?.data.code).toBe('MCP_TOKEN_FAILED');
    expect(browsers(host)).toBe(1);
    isDown = false;
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(browsers(host)).toBe(1);
  });

  it('for a moment is tried again, and the request is answered', async () => {
    let failures = 2;
    const { clock, server, host } = await signedIn({
      intercept: ({ path, body }, response) => {
        if (path !== '/token' || !body.includes('refresh_token=') || failures === 0) return false;
        failures -= 1;
        response.writeHead(502).end();
        return true;
      },
    });
    clock.pass(HOUR);
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(browsers(host)).toBe(1);
  });

  it('while the token still counts leaves the token in use', async () => {
    let isDown = false;
    const { clock, server, host } = await signedIn({
      intercept: ({ path }, response) => {
        if (path !== '/token' || !isDown) return false;
        response.writeHead(503).end();
        return true;
      },
    });
    clock.pass(HOUR - 20_000);
    isDown = true;
    expect((await host.request('tools/list')).result).toBeDefined();
    const asked = server.at('/token').length;
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(server.at('/token')).toHaveLength(asked);
  });
});

/** Answers every request to the MCP server with 401. */
const refuse: NonNullable<FakeMcpOptions['intercept']> = ({ path }, response) => {
  if (path !== '/mcp') return false;
  response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  return true;
};

describe('a server that is never content', () => {
  it('and refuses the token it was just given is asked once more at most', async () => {
    const server = await fakeMcp({ oauth: true, intercept: refuse, resource: 'none' });
    const host = mcpHost(server.url);
    const { error } = await host.initialize();
    expect(error?.data.code).toBe('MCP_UNAUTHORIZED');
    expect(error?.data.hint).toContain('mcp-proxy.log');
    expect(server.at('/token').length).toBeLessThanOrEqual(2);
    expect(browsers(host)).toBe(1);
  });

  it('and refuses a refreshed token, too, gets one sign-in in the browser and then an error', async () => {
    let isContent = true;
    const { server, host } = await signedIn({
      intercept: (seen, response) => !isContent && refuse(seen, response),
    });
    isContent = false;
    const { error } = await host.request('tools/list');
    expect(error?.data.code).toBe('MCP_UNAUTHORIZED');
    expect(grants(server)).toEqual(['authorization_code', 'refresh_token', 'authorization_code']);
    expect(browsers(host)).toBe(2);
  });

  it('gets three sign-ins within five minutes, however often the agent asks, and more after that', async () => {
    const clock = handClock();
    const server = await fakeMcp({ oauth: true, intercept: refuse, resource: 'none' });
    const host = mcpHost(server.url, { override: { clock } });
    for (const _ of Array.from({ length: 12 })) {
      const { error } = await host.initialize();
      expect(error?.data.code).toBe('MCP_UNAUTHORIZED');
    }
    expect(browsers(host)).toBeLessThanOrEqual(3);
    expect(server.at('/token').length).toBeLessThanOrEqual(4);
    const before = browsers(host);
    clock.pass(301_000);
    await host.initialize();
    expect(browsers(host)).toBeLessThanOrEqual(before + 1);
    expect(server.at('/token').length).toBeGreaterThan(3);
  });
});
