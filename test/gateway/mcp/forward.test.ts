import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { fakeMcp } from '../../support/fake-mcp.ts';
import { ask, begin, mcpGateway, PLATFORM_TOKEN } from '../../support/mcp-gateway.ts';

/** A server with an answer of the test's own. */
async function serverOf(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(handler as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('E1 GET/POST /mcp_auth?original=<encoded url> forwards method, body, Authorization, Mcp-Session-Id', async () => {
  const mcp = await fakeMcp();
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const headers = {
    authorization: 'Bearer token-of-the-server',
    'mcp-session-id': 'session-7',
    'mcp-protocol-version': '2025-11-25',
    'mcp-method': 'ping',
    'content-type': 'application/json',
    'last-event-id': '9',
  };
  const posted = await ask(gateway.through(`${mcp.url}?tenant=a%20b&x=1`), { method: 'POST', body, headers });
  expect([posted.status, posted.json]).toEqual([200, { jsonrpc: '2.0', id: 1, result: {} }]);
  await ask(gateway.through(mcp.url), { headers });
  await ask(gateway.through(mcp.url), { method: 'DELETE', headers });
  expect(mcp.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'DELETE']);
  expect(mcp.seen[0]).toMatchObject({ path: '/mcp', body, headers });
  expect([...(mcp.seen[0]?.query ?? [])]).toEqual([
    ['tenant', 'a b'],
    ['x', '1'],
  ]);
  expect(mcp.seen[0]?.headers.host).toBe(new URL(mcp.origin).host);
});

it('original may be written as it is, in the last place', async () => {
  const mcp = await fakeMcp();
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  await ask(`${gateway.url}/mcp_auth?original=${mcp.url}?tenant=a&key=b&original=c`, { method: 'DELETE' });
  expect([...(mcp.seen[0]?.query ?? [])]).toEqual([
    ['tenant', 'a'],
    ['key', 'b'],
    ['original', 'c'],
  ]);
});

it('E1 streams SSE unbuffered: the first event is visible less than 200 ms after the upstream sends it', async () => {
  let sentAt = 0;
  let finish: () => void = () => undefined;
  const origin = await serverOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': open\n\n');
    setImmediate(() => {
      sentAt = performance.now();
      response.write('data: 1\n\n');
    });
    finish = () => response.end('data: 2\n\n');
  });
  const gateway = await mcpGateway({ allow: [origin] });
  const { text, after } = await new Promise<{ text: string; after: number }>((resolve) => {
    let all = '';
    let seenAfter = 0;
    begin(gateway.through(`${origin}/mcp`), { headers: { accept: 'text/event-stream' } }, (response) => {
      response.on('data', (chunk) => {
        all += chunk;
        if (all.endsWith('data: 1\n\n')) {
          seenAfter = performance.now() - sentAt;
          finish();
        }
      });
      response.on('end', () => resolve({ text: all, after: seenAfter }));
    });
  });
  expect(text).toBe(': open\n\ndata: 1\n\ndata: 2\n\n');
  expect(after).toBeLessThan(200);
});

it('E1 aborts upstream when the client disconnects', async () => {
  let gone: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const origin = await serverOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    response.once('close', gone);
  });
  const gateway = await mcpGateway({ allow: [origin] });
  const request = begin(gateway.through(`${origin}/mcp`), {}, (response) => {
    response.once('data', () => request.destroy());
  });
  request.on('error', () => undefined);
  await ended;
});

it('aborts upstream when the client disconnects before there is an answer', async () => {
  let arrived: () => void = () => undefined;
  let gone: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const origin = await serverOf((request) => {
    request.socket.once('close', gone);
    arrived();
  });
  const gateway = await mcpGateway({ allow: [origin] });
  const request = begin(gateway.through(`${origin}/mcp`), {}, () => undefined);
  request.on('error', () => undefined);
  await begun;
  request.destroy();
  await ended;
});

it('a server that sends faster than its client reads is slowed down', async () => {
  let written = 0;
  const origin = await serverOf((_request, response) => {
    const chunk = Buffer.alloc(65_536);
    const more = (): void => {
      while (written < 256 * 1_048_576) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const gateway = await mcpGateway({ allow: [origin] });
  const stalled = await new Promise<{ destroy(): void }>((resolve) => {
    const request = begin(gateway.through(`${origin}/mcp`), {}, (response) => {
      response.pause();
      resolve(request);
    });
    request.on('error', () => undefined);
  });
  // The server stops at a level that the buffers of the connections set.
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(written).toBeLessThan(64 * 1_048_576);
  stalled.destroy();
});

it('the credential of the platform and the key of the gateway are never sent to an MCP server', async () => {
  const mcp = await fakeMcp({ oauth: true });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const key = gateway.key.reveal();
  for (const headers of [
    {},
    { authorization: `Bearer ${key}` },
    { 'x-api-key': key, cookie: `a=${key}` },
    { 'x-codemie-project': 'p', 'x-forwarded-for': '10.0.0.1', origin: 'http://localhost:6274' },
  ])
    expect((await ask(gateway.through(mcp.url), { method: 'POST', body: '{}', headers })).status).toBe(401);
  const text = JSON.stringify(mcp.seen.map(({ headers }) => headers));
  for (const part of [key, PLATFORM_TOKEN, 'codemie', 'cookie', 'forwarded', '6274'])
    expect(text, part).not.toContain(part);
  expect(mcp.seen).toHaveLength(4);
});

it('a header that a client names as for the next hop only is not forwarded', async () => {
  const mcp = await fakeMcp();
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  await ask(gateway.through(mcp.url), {
    method: 'DELETE',
    headers: { connection: 'x-drop', 'x-drop': '1', 'x-keep': '2' },
  });
  expect(mcp.seen[0]?.headers).toMatchObject({ 'x-keep': '2' });
  expect(mcp.seen[0]?.headers['x-drop']).toBeUndefined();
});

it('cookies of an MCP server do not become cookies of this computer, and its pages run nothing', async () => {
  const origin = await serverOf((_request, response) => {
    const headers = { 'set-cookie': 'a=b', 'clear-site-data': '"*"', 'content-type': 'text/html' };
    response.writeHead(200, headers).end('<script>x</script>');
  });
  const gateway = await mcpGateway({ allow: [origin] });
  const { headers } = await ask(gateway.through(`${origin}/mcp`));
  expect(headers).toMatchObject({
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  expect([headers['set-cookie'], headers['clear-site-data']]).toEqual([undefined, undefined]);
});

it('the log and the metrics have no query, token or body of MCP requests', async () => {
  const mcp = await fakeMcp();
  const gateway = await mcpGateway({
    allow: [mcp.origin],
    env: { MCP_PROXY_DEBUG: 'true', CODEMIE_DEBUG: 'true' },
  });
  await ask(gateway.through(`${mcp.url}?apikey=secret-1`), {
    method: 'POST',
    headers: { authorization: 'Bearer secret-2' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'secret-3' } }),
  });
  await ask(gateway.through('http://10.0.0.1/?apikey=secret-4'));
  const metrics = await ask(`${gateway.url}/metrics`, {
    headers: { authorization: `Bearer ${gateway.key.reveal()}` },
  });
  expect(metrics.body).toContain('codemie_gateway_requests_total{route="mcp_auth",status="200"} 1');
  expect(metrics.body).toContain('route="mcp_auth",status="403"} 1');
  const { readFileSync } = await import('node:fs');
  const log = readFileSync(`${gateway.context.home}/logs/mcp-proxy.log`, 'utf8');
  expect(log).toContain('"route":"mcp_auth","method":"POST","status":200');
  for (const text of [metrics.body, log, gateway.context.out.stderr])
    expect(text).not.toMatch(/secret-|original/);
});
