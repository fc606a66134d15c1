import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { freePort } from '../support/free-port.ts';
import { look, type McpHostOptions, mcpHost, visit } from '../support/mcp-host.ts';

/** Another program on a port of this computer. */
async function occupy(port: number, host: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve());
  });
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const redirectsIn = ({ body }: Seen): unknown => JSON.parse(body).redirect_uris;
const asked = (seen: readonly Seen[]): readonly (string | null)[] =>
  seen.map(({ query }) => query.get('redirect_uri'));

describe('a fixed redirect URI', () => {
  it.each(['localhost', '127.0.0.1'])(
    'of a client that was registered by hand with %s is sent as it is, and no other is',
    async (name) => {
      const port = await freePort();
      const exact = `http://${name}:${port}/oauth/back`;
      const server = await fakeMcp({
        oauth: true,
        metadata: { registration_endpoint: undefined },
        intercept: ({ path, query }, response) => {
          if (path !== '/authorize' || query.get('redirect_uri') === exact) return false;
          response.writeHead(400).end('redirect_uri did not match');
          return true;
        },
      });
      const env = {
        CODEMIE_MCP_CLIENT_ID: 'fixed-client',
        CODEMIE_MCP_CALLBACK: `${name}:${port}/oauth/back`,
      };
      expect((await mcpHost(server.url, { env }).initialize()).result).toBeDefined();
      expect(new URLSearchParams(server.at('/token')[0]?.body).get('redirect_uri')).toBe(exact);
    },
  );

  it('by --callback-port, --callback-host and --callback-path is the same in registration, authorize and token', async () => {
    const port = await freePort();
    const server = await fakeMcp({ oauth: true });
    const settings = { 'callback-port': String(port), 'callback-host': '127.0.0.1', 'callback-path': '/x' };
    await mcpHost(server.url, { settings }).initialize();
    const exact = `http://127.0.0.1:${port}/x`;
    expect(redirectsIn(server.at('/register')[0] as Seen)).toEqual([exact]);
    expect(asked(server.at('/authorize'))).toEqual([exact]);
    expect(new URLSearchParams(server.at('/token')[0]?.body).get('redirect_uri')).toBe(exact);
  });

  it.each(['127.0.0.1', '::1'] as const)(
    'whose port is taken on %s is an error that names it, before anything is registered or opened',
    async (host) => {
      const port = await occupy(0, host);
      const server = await fakeMcp({ oauth: true });
      const codemie = mcpHost(server.url, { settings: { 'callback-port': String(port) } });
      const { error } = await codemie.initialize();
      expect(error?.data.code).toBe('MCP_CALLBACK_PORT');
      expect(error?.message).toContain(`Port ${port}`);
      expect(error?.message).toContain('is already in use');
      expect(error?.data.hint).toContain(String(port));
      expect(server.at('/register')).toEqual([]);
      expect(codemie.context.opened).toEqual([]);
    },
  );

  it('whose port is taken later does not stand in the way of a refresh', async () => {
    const port = await freePort();
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url, { settings: { 'callback-port': String(port) } });
    await host.initialize();
    await occupy(port);
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
  });
});

describe('localhost as the redirect URI', () => {
  it('is reached at ::1, too, where a browser goes first', async () => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url, { onOpen: () => true });
    const answered = host.initialize();
    await expect.poll(() => host.context.opened).toHaveLength(1);
    const { location = '' } = await look(host.context.opened[0] ?? '');
    const back = new URL(location);
    expect(back.hostname).toBe('localhost');
    const { host: name } = back;
    back.hostname = '[::1]';
    expect((await look(back.href, { host: name })).status).toBe(302);
    expect((await answered).result).toBeDefined();
  });
});

describe('a later sign-in of the same process', () => {
  const twice = async (between: (port: number) => Promise<unknown>, more: McpHostOptions = {}) => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url, more);
    await host.initialize();
    await between(Number(new URL(asked(server.at('/authorize'))[0] ?? '').port));
    server.valid.clear();
    server.refreshable.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    return server;
  };

  it('uses the port it was registered with', async () => {
    const server = await twice(async () => undefined);
    const [first, second] = asked(server.at('/authorize'));
    expect(second).toBe(first);
    expect(server.at('/register')).toHaveLength(1);
  });

  it('registers once more where another program has taken that port', async () => {
    const server = await twice((port) => occupy(port));
    const [first, second] = asked(server.at('/authorize'));
    expect(second).not.toBe(first);
    expect(server.at('/register').map(redirectsIn)).toEqual([[first], [second]]);
  });
});

describe('what is not the answer of the sign-in', () => {
  const waiting = async () => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url, { onOpen: () => true });
    const answered = host.initialize();
    await expect.poll(() => host.context.opened).toHaveLength(1);
    const page = host.context.opened[0] ?? '';
    const back = new URL(page).searchParams.get('redirect_uri') ?? '';
    return { server, answered, page, back };
  };

  it.each([
    ['without a state', '?code=x'],
    ['with another state', '?code=x&state=other'],
    ['with an empty state', '?code=x&state='],
    ['with an error and no state', '?error=access_denied'],
    ['with an error and another state', '?error=access_denied&state=other'],
  ])('a callback %s changes nothing, and the genuine one succeeds', async (_, query) => {
    const { server, answered, page, back } = await waiting();
    expect((await look(`${back}${query}`)).status).toBe(400);
    expect(server.at('/token')).toEqual([]);
    await visit(page);
    expect((await answered).result).toBeDefined();
  });

  it('nor does a POST, another path, a foreign Host or an endless address, even with the genuine answer', async () => {
    const { server, answered, page, back } = await waiting();
    const genuine = (await look(page)).location ?? '';
    const { search } = new URL(genuine);
    expect((await fetch(genuine, { method: 'POST' })).status).toBe(405);
    expect((await look(`${back}/other${search}`)).status).toBe(404);
    expect((await look(genuine, { host: 'evil.example' })).status).toBe(400);
    // Node.js 24 may close the connection before the answer is read.
    const endless = await look(`${genuine}&x=${'x'.repeat(200_000)}`).then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect([431, 'ECONNRESET']).toContain(endless);
    expect(server.at('/token')).toEqual([]);
    await visit(genuine);
    expect((await answered).result).toBeDefined();
  });

  it('a replay of the genuine callback is refused', async () => {
    let go: (() => void) | undefined;
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (path !== '/token') return false;
        const token = { access_token: 'held-access-token', token_type: 'Bearer' };
        go = () => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
        return true;
      },
    });
    server.valid.add('held-access-token');
    const host = mcpHost(server.url, { onOpen: () => true });
    const answered = host.initialize();
    await expect.poll(() => host.context.opened).toHaveLength(1);
    const genuine = (await look(host.context.opened[0] ?? '')).location ?? '';
    expect((await look(genuine)).status).toBe(302);
    expect((await look(genuine)).status).toBe(410);
    await expect.poll(() => go).toBeDefined();
    go?.();
    expect((await answered).result).toBeDefined();
    await expect(look(genuine)).rejects.toThrow();
    expect(server.at('/token')).toHaveLength(1);
  });
});
