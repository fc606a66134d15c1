import { describe, expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

describe('a server that asks and tells as soon as it is connected', () => {
  it('what it asks and tells waits until the host has said that it is ready', async () => {
    let answered = '';
    const event = (value: object): string => `data: ${JSON.stringify({ jsonrpc: '2.0', ...value })}\n\n`;
    const server = await fakeMcp({
      intercept: ({ method, body }, response) => {
        if (method === 'GET') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(event({ id: 'early', method: 'roots/list' }));
          response.write(event({ method: 'notifications/tools/list_changed' }));
          return true;
        }
        if (!body.includes('"early"')) return false;
        answered = body;
        response.writeHead(202).end();
        return true;
      },
    });
    const host = mcpHost(server.url);
    const capabilities = { roots: { listChanged: true } };
    const clientInfo = { name: 'test-host', version: '1' };
    await host.request('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo });
    await expect.poll(() => server.seen.some(({ method }) => method === 'GET')).toBe(true);
    expect(host.lines().map(({ method }) => method)).toEqual([undefined]);
    host.notify('notifications/initialized');
    await expect.poll(() => host.lines().length).toBe(3);
    const [request, told] = host.lines().slice(1);
    expect([request?.['method'], told?.['method']]).toEqual([
      'roots/list',
      'notifications/tools/list_changed',
    ]);
    host.context.type(`${JSON.stringify({ jsonrpc: '2.0', id: request?.['id'], result: { roots: [] } })}\n`);
    await expect.poll(() => answered).toContain('"roots":[]');
  });
});
