import { createServer } from 'node:http';
import { type AddressInfo, createServer as createPlain } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeMcp } from '../../support/fake-mcp.ts';
import { ask, mcpGateway, metadataIn } from '../../support/mcp-gateway.ts';
import { noOpenssl, tlsServer } from '../../support/tls-server.ts';

describe.skipIf(noOpenssl !== undefined)('certificates are always verified', () => {
  it('an MCP server whose certificate is not trusted gets nothing, and the answer names the issuer', async () => {
    const server = await tlsServer();
    const gateway = await mcpGateway({ allow: [server.url], env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    const got = await ask(gateway.through(server.url), { method: 'POST', body: '{"secret":1}' });
    expect(got.status).toBe(502);
    expect(got.body).toContain("has a certificate that isn't trusted");
    expect(got.body).toContain('issued by \\"x\\"');
    expect(server.requests()).toBe(0);
  });

  it('a company’s CA is trusted, as everywhere', async () => {
    const server = await tlsServer();
    const gateway = await mcpGateway({ allow: [server.url], env: { CODEMIE_CA_FILE: server.file } });
    expect((await ask(gateway.through(server.url))).status).toBe(200);
    expect(server.requests()).toBe(1);
  });
});

it('a company’s proxy is used, and is not asked for closed addresses', async () => {
  const asked: string[] = [];
  const counting = createPlain((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', (head) => {
        asked.push(String(head).split(' ')[1] ?? '');
        socket.destroy();
      });
  });
  await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void counting.close());
  const through = `http://127.0.0.1:${(counting.address() as AddressInfo).port}`;
  const gateway = await mcpGateway({
    env: { HTTPS_PROXY: through, HTTP_PROXY: through, NO_PROXY: '' },
    resolve: async (host) => {
      if (host === 'unknown.example') throw new Error('only the proxy knows it');
      return [{ address: host === 'private.example' ? '10.0.0.7' : '93.184.216.34', family: 4 }];
    },
  });
  for (const host of [
    '10.0.0.1',
    '169.254.169.254',
    'private.example',
    'metadata.google.internal',
    '[fd00::1]',
  ])
    expect((await ask(gateway.through(`https://${host}/mcp`))).status, host).toBe(403);
  expect(asked).toEqual([]);
  for (const host of ['mcp.example.com', 'unknown.example'])
    expect((await ask(gateway.through(`https://${host}/mcp`))).status, host).toBe(502);
  expect(asked).toEqual(['mcp.example.com:443', 'unknown.example:443']);
});

describe('a server that does not answer as it should', () => {
  it.each(['ECONNREFUSED', 'closed'])('%s: 502, and the answer says why', async (kind) => {
    const server = createPlain((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    if (kind === 'ECONNREFUSED') await new Promise((resolve) => server.close(resolve));
    else onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${port}`;
    const gateway = await mcpGateway({ allow: [origin] });
    const got = await ask(gateway.through(`${origin}/mcp`), { method: 'POST', body: '{}' });
    expect(got.status).toBe(502);
    expect(got.json['error']).toEqual({
      code: 'MCP_AUTH_ERROR',
      message: expect.stringMatching(new RegExp(`^${origin} (refused|closed) the connection\\.`)),
    });
  });

  it.each([
    ['never sends its document', 504, () => undefined],
    ['never ends its document', 502, (send: (text: string) => void) => send('{"resource":')],
  ] as const)('%s: %i after the time limit', async (_, status, begin) => {
    const mcp = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (!path.startsWith('/.well-known/')) return false;
        begin((text) => response.writeHead(200, { 'content-type': 'application/json' }).write(text));
        return true;
      },
    });
    const gateway = await mcpGateway({ allow: [mcp.origin], limits: { exchangeMs: 300 } });
    const got = await ask(metadataIn(await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' })));
    expect([got.status, got.json['error']]).toMatchObject([status, { code: 'MCP_AUTH_ERROR' }]);
  });

  it('a cut-off answer is not passed on as a whole one', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = await mcpGateway({ allow: [origin] });
    await expect(ask(gateway.through(`${origin}/mcp`))).rejects.toThrow();
  });

  it('a request waits for a server that thinks, without a time limit', async () => {
    const server = createServer((_request, response) => void setTimeout(() => response.end('late'), 700));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = await mcpGateway({ allow: [origin], limits: { exchangeMs: 300 } });
    expect((await ask(gateway.through(`${origin}/mcp`), { method: 'POST', body: '{}' })).body).toBe('late');
  });
});
