import { connect } from 'node:net';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fakeMcp } from '../../support/fake-mcp.ts';
import {
  ask,
  begin,
  discover,
  type McpGateway,
  mcpGateway,
  metadataIn,
  wellKnown,
} from '../../support/mcp-gateway.ts';

/** Sends bytes as they are. @returns everything that came back until the other end closed. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answer));
  });
}

async function started() {
  const mcp = await fakeMcp({ oauth: true });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  return { mcp, gateway, address: gateway.through(mcp.url) };
}

describe('a web page cannot use the routes', () => {
  const routes = async (gateway: McpGateway, address: string): Promise<readonly string[]> => {
    const { issuer, server } = await discover(address);
    const derived = address.replace('/mcp_auth', '/.well-known/oauth-protected-resource/mcp_auth');
    return [
      address,
      derived,
      wellKnown(issuer),
      String(server['token_endpoint']),
      String(server['registration_endpoint']),
      `${gateway.url}/mcp_relay/a/b/c`,
    ];
  };

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost.evil.example' },
    { origin: 'http://127.0.0.1.evil.example:80' },
    { origin: 'file://' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' },
  ])('%j: 403, and nothing is sent', async (headers) => {
    const { mcp, gateway, address } = await started();
    const urls = await routes(gateway, address);
    const before = mcp.seen.length;
    for (const url of urls)
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const got = await ask(url, { method, headers });
        expect([got.status, got.headers['access-control-allow-origin']], url).toEqual([403, undefined]);
      }
    expect(mcp.seen.length).toBe(before);
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    '[::1]:PORT',
    '0.0.0.0:PORT',
    'localhost.:PORT',
  ])(
    'a Host that is not the gateway’s, as after DNS rebinding (%s): 421, and nothing is sent',
    async (name) => {
      const { mcp, gateway, address } = await started();
      const urls = await routes(gateway, address);
      const before = mcp.seen.length;
      const host = name.replace('PORT', String(gateway.port));
      for (const url of urls) expect((await ask(url, { headers: { host } })).status, url).toBe(421);
      expect(mcp.seen.length).toBe(before);
    },
  );

  it('a program on this computer may send an Origin of this computer', async () => {
    const { address } = await started();
    for (const origin of ['http://localhost:6274', 'http://127.0.0.1:1', 'http://[::1]:80'])
      expect((await ask(address, { method: 'POST', body: '{}', headers: { origin } })).status).toBe(401);
  });
});

describe('request targets', () => {
  it.each([
    ['GET http://127.0.0.1:PORT/mcp_auth?original=https://a.example/ HTTP/1.1', /^HTTP\/1.1 (40[14])/],
    ['GET //mcp_auth?original=https://a.example/ HTTP/1.1', /^HTTP\/1.1 40[14]/],
    ['GET /x/../mcp_auth?original=https://a.example/ HTTP/1.1', /^HTTP\/1.1 40[14]/],
    ['GET /mcp_auth/../v1/models?original=https://10.0.0.1/ HTTP/1.1', /^HTTP\/1.1 404/],
    ['GET /mcp_auth%3foriginal=https://10.0.0.1/ HTTP/1.1', /^HTTP\/1.1 40[14]/],
    ['GET /mcp_authx?original=https://10.0.0.1/ HTTP/1.1', /^HTTP\/1.1 401/],
    ['GET /.well-known/openid-configuration HTTP/1.1', /^HTTP\/1.1 404/],
    ['TRACE /mcp_auth?original=https://10.0.0.1/ HTTP/1.1', /^HTTP\/1.1 405/],
    ['PUT /mcp_auth?original=https://10.0.0.1/ HTTP/1.1', /^HTTP\/1.1 405/],
    ['CONNECT 10.0.0.1:80 HTTP/1.1', /^$/],
  ])('%s leads to no server', async (line, status) => {
    const { mcp, gateway } = await started();
    const host = `127.0.0.1:${gateway.port}`;
    const answer = await raw(
      gateway.port,
      `${line.replace('PORT', String(gateway.port))}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.split('\r\n')[0] ?? '').toMatch(status);
    expect(mcp.seen).toEqual([]);
  });

  it.each([
    ['Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', /^HTTP\/1.1 400/],
    ['Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', /^HTTP\/1.1 (400|501)/],
    ['Content-Length: +2\r\n\r\n{}', /^HTTP\/1.1 400/],
    ['Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}', /^HTTP\/1.1 400/],
  ])('an unclear end of a body (%j) is refused', async (rest, status) => {
    const { mcp, gateway } = await started();
    const target = `/mcp_auth?original=${mcp.url}`;
    const answer = await raw(
      gateway.port,
      `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\n${rest}`,
    );
    expect(answer.split('\r\n')[0]).toMatch(status);
    expect(mcp.seen).toEqual([]);
  });
});

it.each([
  'https://a.example/%0d%0aX-Injected:%201',
  'https://a.example/%0aSet-Cookie:a=b',
  'https://a.example/\u00e4',
])('nothing in original becomes a header (%s)', async (original) => {
  const gateway = await mcpGateway({ resolve: async () => [{ address: '10.0.0.1', family: 4 }] });
  const got = await ask(`${gateway.url}/mcp_auth?original=${encodeURIComponent(original)}`);
  expect(got.status).toBe(403);
  expect([got.headers['x-injected'], got.headers['set-cookie']]).toEqual([undefined, undefined]);
});

describe('documents that are too large', () => {
  const LARGE = Buffer.alloc(64 * 1_048_576, ' ');
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  it.each([
    ['gzip', () => gzipSync(LARGE)],
    ['deflate', () => deflateSync(LARGE)],
    ['br', () => brotliCompressSync(LARGE, quality)],
    ['identity', () => LARGE.subarray(0, 1_048_577)],
  ])('more than 1 MiB counted after decoding (%s): 502, in little memory', async (coding, make) => {
    const bytes = make();
    const mcp = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (!path.startsWith('/.well-known/')) return false;
        response
          .writeHead(200, { 'content-encoding': coding, 'content-type': 'application/json' })
          .end(bytes);
        return true;
      },
    });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const url = metadataIn(await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' }));
    const before = process.memoryUsage().rss;
    const got = await ask(url);
    expect([got.status, got.body]).toEqual([502, expect.stringContaining('more than 1 MiB')]);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1_048_576);
  });

  it.each([
    ['zstd', Buffer.from('{}'), 'unknown encoding'],
    ['gzip', Buffer.from('{}'), 'not encoded correctly'],
    ['gzip', gzipSync('{"resource":"x"}').subarray(0, 20), 'cut off'],
  ])('a document that cannot be decoded (%s): 502', async (coding, bytes, why) => {
    const mcp = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (!path.startsWith('/.well-known/')) return false;
        response.writeHead(200, { 'content-encoding': coding }).end(bytes);
        return true;
      },
    });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const got = await ask(metadataIn(await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' })));
    expect([got.status, got.body]).toEqual([502, expect.stringContaining(why)]);
  });

  it('a token request over 1 MiB: 413, and nothing is sent', async () => {
    const { mcp, address } = await started();
    const { server } = await discover(address);
    const before = mcp.seen.length;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const got = await ask(String(server['token_endpoint']), {
      method: 'POST',
      body: `a=${'x'.repeat(1_048_576)}`,
      headers,
    });
    expect(got.status).toBe(413);
    expect(mcp.seen.length).toBe(before);
  });

  it('a large message to the MCP server is streamed', async () => {
    const mcp = await fakeMcp();
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const text = 'x'.repeat(8 * 1_048_576);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { text } });
    const got = await ask(gateway.through(mcp.url), { method: 'POST', body });
    expect([got.status, got.body.length > text.length]).toEqual([200, true]);
  });
});

it('more than 128 requests at one time are refused with 503, and end nothing', async () => {
  const mcp = await fakeMcp({
    intercept: ({ method }, response) => {
      if (method !== 'GET') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      return true;
    },
  });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const streams = await Promise.all(
    Array.from(
      { length: 128 },
      () =>
        new Promise<ReturnType<typeof begin>>((resolve) => {
          const request = begin(gateway.through(mcp.url), {}, (response) => {
            response.on('error', () => undefined).once('data', () => resolve(request));
          });
          request.on('error', () => undefined);
        }),
    ),
  );
  const call = () => ask(gateway.through(mcp.url), { method: 'DELETE' });
  expect((await call()).status).toBe(503);
  streams[0]?.destroy();
  await expect.poll(async () => (await call()).status).toBe(200);
  for (const stream of streams) stream.destroy();
});

it('the servers with open connections are limited; the one used the longest ago makes room', async () => {
  const servers = await Promise.all(Array.from({ length: 66 }, () => fakeMcp()));
  const gateway = await mcpGateway({ allow: servers.map(({ origin }) => origin) });
  for (const { url } of [...servers, ...servers.slice(0, 3)])
    expect((await ask(gateway.through(url), { method: 'DELETE' })).status).toBe(200);
});
