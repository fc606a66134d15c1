import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

/** A session with a server that treats calls of tools like this. */
async function hostOf(call: (response: ServerResponse, id: unknown) => void) {
  const server = await fakeMcp({
    intercept: ({ method, body }, response) => {
      if (method !== 'POST' || !body.includes('"tools/call"')) return false;
      call(response, (JSON.parse(body) as { id: unknown }).id);
      return true;
    },
  });
  const host = mcpHost(server.url);
  expect((await host.initialize()).result).toBeDefined();
  host.notify('notifications/initialized');
  return host;
}

const json = (response: ServerResponse, value: unknown): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));

it.each([
  [
    'says that it accepts it, and nothing more',
    (response: ServerResponse) => void response.writeHead(202).end(),
  ],
  [
    'answers another request instead',
    (response: ServerResponse) => json(response, { jsonrpc: '2.0', id: 4711, result: {} }),
  ],
])('a request is answered once when the server %s', async (_, call) => {
  const host = await hostOf(call);
  const { id, error } = await host.request('tools/call', { name: 'echo' });
  expect(error?.data.code).toBe('MCP_LOST');
  expect(error?.message).toContain('did not answer');
  expect((await host.request('tools/list')).result).toBeDefined();
  expect(host.lines().filter((line) => line['id'] === id)).toHaveLength(1);
});

it('a result with ids of its own is handed on', async () => {
  const host = await hostOf((response, id) => json(response, { jsonrpc: '2.0', id, result: { id: 'x1' } }));
  expect((await host.request('tools/call', { name: 'echo' })).result).toEqual({ id: 'x1' });
});
