import { describe, expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { type McpHost, mcpHost } from '../support/mcp-host.ts';
import { modernMcp } from '../support/modern-mcp.ts';
import { sessionMcp } from '../support/session-mcp.ts';

const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';

const told = (host: McpHost, wanted: string) => host.lines().filter(({ method }) => method === wanted);

async function ready(url: string) {
  const host = mcpHost(url);
  const { result } = await host.initialize();
  host.notify('notifications/initialized');
  return { host, result };
}

describe('a host of 2025-11-25 at a server that knows only 2026-07-28', () => {
  it('gets a synthesized initialize result with the server’s capabilities, and calls a tool', async () => {
    const server = await modernMcp();
    const { host, result } = await ready(server.url);
    expect(result).toMatchObject({
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'modern' },
      capabilities: { tools: { listChanged: true } },
    });
    expect((await host.request('tools/call', { name: 'echo' })).result).toMatchObject({
      content: [{ text: 'done' }],
    });
    expect((await host.request('ping')).result).toEqual({});
    expect(server.params('initialize')).toEqual([]);
    expect(server.params('ping')).toEqual([]);
  });

  it('hears of changed lists, which the proxy listens for, also after the stream has ended', async () => {
    const server = await modernMcp();
    const { host } = await ready(server.url);
    await expect.poll(() => server.listening()).toBe(1);
    server.push('notifications/tools/list_changed');
    await expect.poll(() => told(host, 'notifications/tools/list_changed')).toHaveLength(1);
    server.endStreams();
    await expect.poll(() => server.params('subscriptions/listen'), { timeout: 5000 }).toHaveLength(2);
    await expect.poll(() => server.listening()).toBe(1);
    server.push('notifications/tools/list_changed');
    await expect.poll(() => told(host, 'notifications/tools/list_changed')).toHaveLength(2);
  });

  it('subscribes to a resource, and hears of its changes', async () => {
    const server = await modernMcp();
    const { host } = await ready(server.url);
    expect((await host.request('resources/subscribe', { uri: 'file:///a' })).result).toEqual({});
    await expect
      .poll(() => server.params('subscriptions/listen').at(-1), { timeout: 5000 })
      .toMatchObject({ notifications: { toolsListChanged: true, resourceSubscriptions: ['file:///a'] } });
    await expect.poll(() => server.listening()).toBe(1);
    server.push('notifications/resources/updated', { uri: 'file:///a' });
    await expect.poll(() => told(host, 'notifications/resources/updated')).toHaveLength(1);
  });

  it('sets the log level, which is sent with each request', async () => {
    const server = await modernMcp();
    const { host } = await ready(server.url);
    expect((await host.request('logging/setLevel', { level: 'debug' })).result).toEqual({});
    await host.request('tools/call', { name: 'echo' });
    expect(server.params('tools/call')[0]).toMatchObject({ _meta: { [LOG_LEVEL]: 'debug' } });
    expect(server.params('logging/setLevel')).toEqual([]);
  });

  it('cancels a call, and the server sees its response stream closed', async () => {
    const server = await modernMcp();
    const { host } = await ready(server.url);
    void host.request('tools/call', { name: 'slow' });
    await expect.poll(() => server.params('tools/call')).toHaveLength(1);
    host.notify('notifications/cancelled', { requestId: 2, reason: 'enough' });
    await expect.poll(() => server.closed).toEqual(['tools/call']);
    expect(server.params('notifications/cancelled')).toEqual([]);
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(host.lines().some(({ id }) => id === 2)).toBe(false);
  });

  it('gets the code of an error that comes with status 404', async () => {
    const { host } = await ready((await modernMcp()).url);
    expect((await host.request('custom/unknown')).error).toEqual({
      code: -32_601,
      message: 'No such method',
    });
  });
});

describe('a host of 2026-07-28 at a server of 2025-11-25', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'modern-host', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };

  it('gets a discover result, and calls tools', async () => {
    const server = await sessionMcp();
    const host = mcpHost(server.url);
    const { result } = await host.request('server/discover', { _meta: meta });
    expect(result).toMatchObject({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
    const call = await host.request('tools/call', { name: 'echo', arguments: {}, _meta: meta });
    expect(call.result).toMatchObject({ resultType: 'complete', content: [{ type: 'text' }] });
    expect(server.count('initialize')).toBe(1);
    expect(server.seen.find(({ rpc }) => rpc === 'initialize')?.body).toContain('modern-host');
  });

  it('may discover first and then initialize in the same process', async () => {
    const server = await sessionMcp();
    const host = mcpHost(server.url);
    expect((await host.request('server/discover', { _meta: meta })).result).toBeDefined();
    expect((await host.initialize()).result).toMatchObject({ protocolVersion: '2025-11-25' });
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(server.count('initialize')).toBe(1);
  });

  it('hears of changed lists on the stream that it asks for', async () => {
    const server = await sessionMcp();
    const host = mcpHost(server.url);
    await host.request('server/discover', { _meta: meta });
    await host.request('tools/list', { _meta: meta });
    void host.request('subscriptions/listen', { notifications: { toolsListChanged: true }, _meta: meta });
    await expect.poll(() => told(host, 'notifications/subscriptions/acknowledged')).toHaveLength(1);
    await expect.poll(() => server.streams()).toBe(1);
    server.push({ method: 'notifications/tools/list_changed' });
    await expect.poll(() => told(host, 'notifications/tools/list_changed')).toHaveLength(1);
  });
});

describe('a call that the host of a 2025 server cancels', () => {
  it('is cancelled at the server with notifications/cancelled, and not answered', async () => {
    const server = await sessionMcp({ slow: new Promise(() => undefined) });
    const { host } = await ready(server.url);
    void host.request('tools/call', { name: 'slow' });
    await expect.poll(() => server.ran).toEqual(['slow']);
    host.notify('notifications/cancelled', { requestId: 2, reason: 'enough' });
    await expect.poll(() => server.count('notifications/cancelled')).toBe(1);
    const body = (rpc: string) =>
      JSON.parse(server.seen.find((one) => one.rpc === rpc)?.body ?? '{}') as {
        id: number;
        params: { requestId: number };
      };
    expect(body('notifications/cancelled').params.requestId).toBe(body('tools/call').id);
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(host.lines().some(({ id }) => id === 2)).toBe(false);
  });
});

describe('the fallback to HTTP with SSE', () => {
  const refusing = (status: number, body: string) =>
    fakeMcp({
      intercept: ({ method }, response) => {
        if (method === 'POST') response.writeHead(status, { 'content-type': 'application/json' }).end(body);
        return method === 'POST';
      },
    });

  it.each([400, 404, 405])('is tried after status %i', async (status) => {
    const server = await refusing(status, '');
    await mcpHost(server.url).initialize();
    expect(server.seen.some(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([-32_020, -32_021, -32_022])('is not tried when the body is the modern error %i', async (code) => {
    const server = await refusing(
      400,
      JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message: 'no' } }),
    );
    const { error } = await mcpHost(server.url).initialize();
    expect(error).toBeDefined();
    expect(server.seen.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('is not tried after status 403', async () => {
    const server = await refusing(403, '');
    expect((await mcpHost(server.url).initialize()).error?.data.code).toBe('MCP_NOT_MCP');
    expect(server.seen.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('refuses an endpoint on another origin, and posts nothing there', async () => {
    const elsewhere = await fakeMcp({ transport: 'sse' });
    const server = await fakeMcp({
      intercept: ({ method }, response) => {
        if (method === 'POST') response.writeHead(405).end();
        if (method === 'POST') return true;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: endpoint\ndata: ${elsewhere.origin}/messages?session=1\n\n`);
        return true;
      },
    });
    const { error } = await mcpHost(server.url).initialize();
    expect(error?.message).toContain('127.0.0.1');
    expect(error?.message).toContain('origin');
    expect(elsewhere.seen).toEqual([]);
  });
});
