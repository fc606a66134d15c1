import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type FakeMcp, fakeMcp } from '../support/fake-mcp.ts';
import { handClock } from '../support/hand-clock.ts';
import { mcpHost, visit } from '../support/mcp-host.ts';

/** A host with a standing stream of the server's messages. A person approves the first sign-in; the test the others. */
async function connected() {
  const streams: ServerResponse[] = [];
  /** Requests for the stream that the server has not answered yet. */
  const held: (() => void)[] = [];
  const server: FakeMcp = await fakeMcp({
    oauth: true,
    intercept: ({ method, path, headers }, response) => {
      const token = headers.authorization?.replace('Bearer ', '') ?? '';
      if (method !== 'GET' || path !== '/mcp') return false;
      if (!server.valid.has(token)) {
        held.push(() => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end());
        return true;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.push(response);
      return true;
    },
  });
  const host = mcpHost(server.url, {
    onOpen: async (page) => {
      if (host.context.opened.length === 1) await visit(page);
      return true;
    },
  });
  await host.initialize();
  host.notify('notifications/initialized');
  await expect.poll(() => streams).toHaveLength(1);
  const sent = (method: string): number => server.at('/mcp').filter((one) => one.method === method).length;
  /** The server has forgotten its clients, and restarts. */
  const forget = (): void => {
    server.valid.clear();
    server.refreshable.clear();
    streams.at(-1)?.end();
  };
  return { server, host, streams, held, sent, forget, opened: host.context.opened };
}

describe('one sign-in at a time', () => {
  it('one sign-in serves all requests that wait', async () => {
    const server = await fakeMcp({ oauth: true });
    const host = mcpHost(server.url);
    await host.initialize();
    server.valid.clear();
    server.refreshable.clear();
    const replies = await Promise.all([
      host.request('tools/list'),
      host.request('tools/list'),
      host.request('tools/list'),
    ]);
    expect(replies.every(({ result }) => result !== undefined)).toBe(true);
    expect(host.context.opened).toHaveLength(2);
  });

  it('a server that forgets its clients costs one browser, whoever notices: requests, the stream, a reconnect', async () => {
    const { server, host, streams, held, forget, opened } = await connected();
    forget();
    await expect.poll(() => held, { timeout: 5000 }).toHaveLength(1);
    const replies = Promise.all([host.request('tools/list'), host.request('tools/list')]);
    await expect.poll(() => opened).toHaveLength(2);
    held[0]?.();
    await visit(opened[1] ?? '');
    for (const { error, result } of await replies) {
      expect(error).toBeUndefined();
      expect(result).toBeDefined();
    }
    await expect.poll(() => streams, { timeout: 5000 }).toHaveLength(2);
    expect(opened).toHaveLength(2);
    expect(server.at('/mcp').at(-1)?.headers.authorization).toBe(`Bearer ${server.issued[1]}`);
  });

  it('a stream that is reconnected while nobody works opens no browser; the next request does', async () => {
    const { host, streams, held, forget, opened } = await connected();
    forget();
    await expect.poll(() => held, { timeout: 5000 }).toHaveLength(1);
    held[0]?.();
    await expect.poll(host.log).toContain('MCP_SIGN_IN_FIRST');
    expect(opened).toHaveLength(1);
    const reply = host.request('tools/list');
    await expect.poll(() => opened).toHaveLength(2);
    await visit(opened[1] ?? '');
    expect((await reply).result).toBeDefined();
    await expect.poll(() => streams, { timeout: 5000 }).toHaveLength(2);
    expect(opened).toHaveLength(2);
  });

  it('requests that were refused while the stream tried a refresh in vain share one browser', async () => {
    const streams: ServerResponse[] = [];
    const held: (() => void)[] = [];
    let isHolding = false;
    let failures = 3;
    const server: FakeMcp = await fakeMcp({
      oauth: true,
      intercept: ({ method, path, body }, response) => {
        const refuse = (status: number): void =>
          void response.writeHead(status, { 'www-authenticate': 'Bearer' }).end();
        if (path === '/token' && body.includes('refresh_token') && failures > 0) {
          failures -= 1;
          if (isHolding) held.push(() => response.writeHead(503).end());
          else response.writeHead(503).end();
          return true;
        }
        if (path !== '/mcp') return false;
        if (method === 'GET' && !isHolding) {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
          streams.push(response);
          return true;
        }
        if (!isHolding) return false;
        if (method === 'GET') refuse(401);
        else held.push(() => refuse(401));
        return true;
      },
    });
    const host = mcpHost(server.url, { override: { clock: handClock() } });
    await host.initialize();
    host.notify('notifications/initialized');
    await expect.poll(() => streams).toHaveLength(1);
    isHolding = true;
    const replies = Promise.all([host.request('tools/list'), host.request('tools/list')]);
    await expect.poll(() => held).toHaveLength(2);
    streams[0]?.end();
    await expect.poll(() => held, { timeout: 5000 }).toHaveLength(3);
    isHolding = false;
    server.refreshable.clear();
    server.valid.clear();
    for (const go of held.splice(0)) go();
    for (const { error } of await replies) expect(error).toBeUndefined();
    expect(host.context.opened).toHaveLength(2);
  });

  it('a stream whose token ended is reconnected with a refreshed one', async () => {
    const { server, streams, held, opened } = await connected();
    server.valid.clear();
    streams[0]?.end();
    await expect.poll(() => held, { timeout: 5000 }).toHaveLength(1);
    held[0]?.();
    await expect.poll(() => streams, { timeout: 5000 }).toHaveLength(2);
    expect(opened).toHaveLength(1);
  });

  it('the end of the session never opens a browser', async () => {
    const { host, sent, forget, opened } = await connected();
    forget();
    host.context.endInput();
    await host.ended;
    expect(sent('DELETE')).toBe(1);
    expect(opened).toHaveLength(1);
  });

  it('a person that denies answers all requests that wait, and none of them asks again', async () => {
    const { host, forget, opened } = await connected();
    forget();
    const replies = Promise.all([host.request('tools/list'), host.request('tools/list')]);
    await expect.poll(() => opened).toHaveLength(2);
    const late = host.request('tools/list');
    const page = new URL(opened[1] ?? '').searchParams;
    const back = new URL(page.get('redirect_uri') ?? '');
    const origin = new URL(opened[1] ?? '').origin;
    back.search = String(
      new URLSearchParams({ error: 'access_denied', state: page.get('state') ?? '', iss: origin }),
    );
    await visit(back.href);
    for (const { error } of [...(await replies), await late])
      expect(error?.data.code).toBe('MCP_SIGN_IN_DENIED');
    expect(opened).toHaveLength(2);
  });

  it('over HTTP with SSE, too: a reconnected stream and a request share one browser', async () => {
    const server = await fakeMcp({ oauth: true, transport: 'sse' });
    const host = mcpHost(server.url);
    await host.initialize();
    server.valid.clear();
    server.refreshable.clear();
    const replies = await Promise.all([host.request('tools/list'), host.request('tools/list')]);
    expect(replies.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(host.context.opened).toHaveLength(2);
  });
});
