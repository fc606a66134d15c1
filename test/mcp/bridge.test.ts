import { describe, expect, it } from 'vitest';
import { fakeMcp, replyTo } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

describe.each(['http', 'sse'] as const)('a server without a sign-in, over %s', (transport) => {
  it('initialize, tools/list and tools/call are answered, and no browser is opened', async () => {
    const server = await fakeMcp({ transport });
    const host = mcpHost(server.url);
    const { result } = await host.initialize();
    expect(result).toMatchObject({ serverInfo: { name: 'fake' }, capabilities: { tools: {} } });
    host.notify('notifications/initialized');
    expect((await host.request('tools/list')).result).toMatchObject({ tools: [{ name: 'echo' }] });
    const call = await host.request('tools/call', { name: 'echo', arguments: { text: 'ä 🎈' } });
    expect(JSON.stringify(call.result)).toContain('ä 🎈');
    expect((await host.request('ping')).result).toEqual({});
    expect(host.context.opened).toEqual([]);
    expect(host.lines().every((line) => line['jsonrpc'] === '2.0')).toBe(true);
  });

  it('an error of the server reaches the host with its code', async () => {
    const server = await fakeMcp({ transport });
    const host = mcpHost(server.url);
    await host.initialize();
    expect((await host.request('tools/unheard-of')).error).toMatchObject({
      code: -32_601,
      message: expect.stringContaining('Method not found'),
    });
  });
});

describe('how the proxy ends', () => {
  it('when stdin ends, with one DELETE of the session', async () => {
    const server = await fakeMcp();
    const host = mcpHost(server.url);
    await host.initialize();
    host.context.endInput();
    await host.ended;
    expect(
      server.seen.filter(({ method }) => method === 'DELETE').map(({ headers }) => headers['mcp-session-id']),
    ).toEqual(['session-1']);
  });

  it('within two seconds when the DELETE is never answered', async () => {
    const server = await fakeMcp({ intercept: ({ method }) => method === 'DELETE' });
    const host = mcpHost(server.url);
    await host.initialize();
    const began = performance.now();
    host.context.endInput();
    await host.ended;
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('on a signal, with its reason', async () => {
    const server = await fakeMcp();
    const host = mcpHost(server.url);
    await host.initialize();
    host.context.stop(new Error('SIGTERM'));
    await expect(host.ended).rejects.toThrow('SIGTERM');
    expect(server.seen.some(({ method }) => method === 'DELETE')).toBe(true);
  });
});

describe('what goes wrong is answered once, with a code and the next move', () => {
  it('nobody listens at the address', async () => {
    const { error } = await mcpHost('http://127.0.0.1:9/mcp').initialize();
    expect(error?.data).toEqual({ code: 'MCP_UNREACHABLE', hint: expect.stringContaining('network') });
    expect(error?.message).toContain('127.0.0.1:9');
  });

  it.each([
    [500, 'MCP_SERVER_ERROR'],
    [429, 'MCP_SERVER_ERROR'],
    [403, 'MCP_NOT_MCP'],
  ])('status %i', async (status, code) => {
    const server = await fakeMcp({
      intercept: (_, response) => {
        response.writeHead(status, { 'content-type': 'text/html' }).end(`<html>${'x'.repeat(1000)}</html>`);
        return true;
      },
    });
    const { error } = await mcpHost(server.url).initialize();
    expect(error?.data.code).toBe(code);
    expect(error?.message).toContain(String(status));
    expect(error?.message).not.toContain('<html');
    expect(error?.message.length).toBeLessThan(300);
  });

  it('a page of HTML instead of an answer', async () => {
    const server = await fakeMcp({
      intercept: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
        return true;
      },
    });
    const { error } = await mcpHost(server.url).initialize();
    expect(error?.message).toContain('127.0.0.1');
    expect(error?.message).not.toContain('<html');
  });

  it('a server that never answers, at the start limit', async () => {
    const server = await fakeMcp({ intercept: () => true });
    const { error } = await mcpHost(server.url, { settings: { 'start-limit': '200ms' } }).initialize();
    expect(error?.data.code).toBe('MCP_SILENT');
  });

  it('a later request is served once the server is there', async () => {
    let isDown = true;
    const server = await fakeMcp({
      intercept: (_, response) => {
        if (isDown) response.writeHead(503).end();
        return isDown;
      },
    });
    const host = mcpHost(server.url);
    expect((await host.initialize()).error?.data.code).toBe('MCP_SERVER_ERROR');
    isDown = false;
    expect((await host.initialize()).result).toMatchObject({ serverInfo: { name: 'fake' } });
    expect((await host.request('tools/list')).result).toMatchObject({ tools: [{ name: 'echo' }] });
  });

  it.each(['stream', 'connection'])('a %s that ends before the answer came', async (what) => {
    const server = await fakeMcp({
      intercept: ({ body }, response) => {
        if (!body.includes('tools/call')) return false;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': wait\n\n', () => (what === 'stream' ? response.end() : response.destroy()));
        return true;
      },
    });
    const host = mcpHost(server.url);
    await host.initialize();
    const { error } = await host.request('tools/call', { name: 'echo' });
    expect(error?.data.code).toBe('MCP_LOST');
    expect((await host.request('tools/list')).result).toBeDefined();
  });

  it('a session that the server ends again and again', async () => {
    const server = await fakeMcp({
      intercept: ({ body }, response) => {
        if (!body.includes('tools/call')) return false;
        response.writeHead(404).end();
        return true;
      },
    });
    const host = mcpHost(server.url);
    await host.initialize();
    const { error } = await host.request('tools/call', { name: 'echo' });
    expect(error?.message).toContain('ended the session');
    expect(error?.data.code).toBe('MCP_LOST');
  });

  it('a redirect to another origin is not followed, and no header goes there', async () => {
    const elsewhere = await fakeMcp();
    const server = await fakeMcp({
      intercept: (_, response) => {
        response.writeHead(307, { location: elsewhere.url }).end();
        return true;
      },
    });
    const host = mcpHost(server.url, {
      env: { CODEMIE_MCP_HEADERS: 'Authorization: Bearer own-token-of-mine' },
    });
    expect((await host.initialize()).error).toBeDefined();
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('messages in both directions', () => {
  it('progress of a call and a request of the server reach the host', async () => {
    let listed: string | undefined;
    const server = await fakeMcp({
      intercept: ({ body, method }, response) => {
        if (method !== 'POST') return false;
        const message = JSON.parse(body) as {
          id?: unknown;
          method?: string;
          params: { _meta: { progressToken: string } };
        };
        if (message.id === 'from-server') {
          listed = body;
          response.writeHead(202).end();
          return true;
        }
        if (message.method !== 'tools/call') return false;
        const event = (value: unknown): string => `event: message\ndata: ${JSON.stringify(value)}\n\n`;
        const progressToken = message.params._meta.progressToken;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          event({
            jsonrpc: '2.0',
            method: 'notifications/progress',
            params: { progressToken, progress: 1, total: 2 },
          }),
        );
        response.write(event({ jsonrpc: '2.0', id: 'from-server', method: 'roots/list' }));
        const wait = setInterval(() => {
          if (listed === undefined) return;
          clearInterval(wait);
          response.end(event(replyTo(message)));
        }, 5);
        return true;
      },
    });
    const host = mcpHost(server.url);
    await host.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: { roots: {} },
      clientInfo: { name: 'test-host', version: '1' },
    });
    const answered = host.request('tools/call', { name: 'echo', _meta: { progressToken: 'mine' } });
    await expect.poll(() => host.lines().find(({ method }) => method === 'roots/list')?.['id']).toBeDefined();
    const id = host.lines().find(({ method }) => method === 'roots/list')?.['id'];
    host.context.type(
      `${JSON.stringify({ jsonrpc: '2.0', id, result: { roots: [{ uri: 'file:///here' }] } })}\n`,
    );
    expect((await answered).result).toBeDefined();
    expect(listed).toContain('file:///here');
    expect(host.lines().find(({ method }) => method === 'notifications/progress')?.['params']).toMatchObject({
      progressToken: 'mine',
      progress: 1,
    });
  });
});
