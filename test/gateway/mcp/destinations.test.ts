import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { fakeMcp } from '../../support/fake-mcp.ts';
import { ask, mcpGateway, metadataIn, wellKnown } from '../../support/mcp-gateway.ts';

/** Counts connections; nobody may open one. */
async function forbidden(): Promise<{ readonly port: number; readonly count: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, count: () => connections };
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'private.example': ['10.0.0.7'],
  'mixed.example': ['93.184.216.34', '127.0.0.1'],
  'loopback.example': ['127.0.0.1'],
};
const resolve = async (host: string) => {
  const addresses = NAMES[host];
  if (addresses === undefined) throw Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' });
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

it.each([
  ['', 'has no \\"original\\"'],
  ['?', 'has no \\"original\\"'],
  ['?other=1', 'has no \\"original\\"'],
  ['?original=', 'is not a URL'],
  ['?original=mcp.example.com', 'is not a URL'],
  ['?original=%E0%A4%A', 'is not encoded correctly'],
  ['?original=https%3A%2F%2Fa.example%0d%0ax', 'is not a URL'],
  ['?original=https%3A%2F%2Fa.example&original=https%3A%2F%2Fb.example', 'is given twice'],
  ['?original=ftp://a.example/', 'must start with https://'],
  ['?original=file%3A%2F%2F%2Fetc%2Fpasswd', 'must start with https://'],
  ['?original=javascript:alert(1)', 'must start with https://'],
  ['?original=https://user:secret@a.example/', 'must not have a user name'],
  ['?original=https://10.0.0.1@a.example/', 'must not have a user name'],
  ['?issuer=other&original=https://a.example/', 'can only be'],
  [`?original=https://a.example/${'x'.repeat(8200)}`, 'is not a URL'],
])(
  'E2 missing or invalid original, or a scheme other than http: 400 and a JSON error (%s)',
  async (query, why) => {
    const gateway = await mcpGateway();
    const got = await ask(`${gateway.url}/mcp_auth${query}`);
    expect([got.status, got.headers['content-type']]).toEqual([400, 'application/json']);
    expect(got.json).toEqual({ error: { code: 'MCP_AUTH_ERROR', message: expect.any(String) } });
    expect(got.body).toContain(why);
    expect(got.body).not.toContain('secret');
  },
);

/** Loopback in every notation reaches the forbidden listener if it is let through; the others reach nothing. */
const NOTATIONS = [
  '127.0.0.1',
  '127.1',
  '127.255.255.254',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '2130706433',
  '0x7f000001',
  '0.0.0.0',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '127.0.0.1.',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[fe80::1]',
  '[fe90::1]',
  '[fd00:ec2::254]',
  '[fc00::1]',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  'private.example',
  'mixed.example',
  'loopback.example',
] as const;

it.each(NOTATIONS)(
  'E2 loopback, private and link-local targets: 403 and no connection (%s)',
  async (host) => {
    const target = await forbidden();
    const gateway = await mcpGateway({ resolve });
    for (const scheme of ['http', 'https'])
      for (const address of [`${scheme}://${host}:${target.port}/mcp`, `${scheme}://${host}/mcp`]) {
        const got = await ask(gateway.through(address), { method: 'POST', body: '{}' });
        expect([got.status, got.json['error']], address).toMatchObject([403, { code: 'MCP_AUTH_ERROR' }]);
        const metadata = gateway
          .through(address)
          .replace('/mcp_auth', '/.well-known/oauth-protected-resource/mcp_auth');
        expect((await ask(metadata)).status).toBe(403);
      }
    expect(target.count()).toBe(0);
  },
);

it.each(['fcm.googleapis.com', 'fd.io', 'fe80.example'])(
  'a public name is not taken for an address (%s)',
  async (host) => {
    const gateway = await mcpGateway({ resolve });
    // This resolver does not know it, so it was looked up.
    const got = await ask(gateway.through(`https://${host}/mcp`));
    expect([got.status, got.body.includes('could not be')]).toEqual([502, true]);
  },
);

it('a name that resolves differently the second time is refused the second time', async () => {
  const target = await forbidden();
  const answers = [['93.184.216.34'], ['127.0.0.1']];
  const gateway = await mcpGateway({
    resolve: async () => (answers.shift() ?? ['127.0.0.1']).map((address) => ({ address, family: 4 })),
    // Ends the attempt to reach the public address at once: it is never connected to from a test.
    env: { HTTPS_PROXY: '' },
  });
  const address = gateway.through(`http://rebind.example:${target.port}/mcp`);
  // Plain http to a public server is refused before a connection; the second lookup says loopback.
  expect((await ask(address)).status).toBe(400);
  expect((await ask(address)).status).toBe(403);
  expect(target.count()).toBe(0);
});

it('plain http to another computer is refused, because it would carry a token', async () => {
  const gateway = await mcpGateway({ resolve: async () => [{ address: '93.184.216.34', family: 4 }] });
  const got = await ask(gateway.through('http://mcp.example.com/mcp'));
  expect([got.status, got.body]).toEqual([400, expect.stringContaining('must be named with https://')]);
});

it('CODEMIE_MCP_ALLOW_HOSTS opens exactly the host and port that it lists', async () => {
  const mcp = await fakeMcp();
  const other = await forbidden();
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  expect((await ask(gateway.through(mcp.url), { method: 'DELETE' })).status).toBe(200);
  const { port } = new URL(mcp.origin);
  for (const host of [`127.0.0.1:${other.port}`, `localhost:${port}`, `127.0.0.2:${port}`, `[::1]:${port}`])
    expect((await ask(gateway.through(`http://${host}/mcp`))).status, host).toBe(403);
  expect([mcp.seen.length, other.count()]).toEqual([1, 0]);
});

it.each(['localhost', '127.0.0.1:', 'http://127.0.0.1:80', '127.0.0.1:80/x'])(
  'a value of CODEMIE_MCP_ALLOW_HOSTS that is no host:port is an error that names it (%s)',
  async (value) => {
    const gateway = await mcpGateway({ env: { CODEMIE_MCP_ALLOW_HOSTS: value } });
    const got = await ask(gateway.through('https://mcp.example.com/'));
    expect([got.status, got.body]).toEqual([500, expect.stringContaining('CODEMIE_MCP_ALLOW_HOSTS')]);
  },
);

it.each([301, 302, 303, 307, 308])(
  'a redirect (%i) to a closed address is answered with 403, and is not followed or passed on',
  async (status) => {
    const target = await forbidden();
    for (const host of [`127.0.0.1:${target.port}`, '169.254.169.254', `[::ffff:127.0.0.1]:${target.port}`]) {
      const mcp = await fakeMcp({
        intercept: (_seen, response) => {
          response.writeHead(status, { location: `http://${host}/x` }).end();
          return true;
        },
      });
      const gateway = await mcpGateway({ allow: [mcp.origin] });
      const got = await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' });
      expect([got.status, got.headers.location, got.body.includes(new URL(`http://${host}`).host)]).toEqual([
        403,
        undefined,
        true,
      ]);
    }
    expect(target.count()).toBe(0);
  },
);

it('a redirect within the server leads through the gateway; one to another server is left to the client', async () => {
  const locations = ['/other?a=b', 'https://elsewhere.example/mcp', '//elsewhere.example/mcp', 'ftp://x/'];
  const mcp = await fakeMcp({
    intercept: (_seen, response) => {
      response.writeHead(307, { location: locations.shift() }).end();
      return true;
    },
  });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const sent = () =>
    ask(gateway.through(mcp.url), { method: 'POST', body: '{}', headers: { authorization: 'Bearer t' } });
  expect((await sent()).headers.location).toBe(gateway.through(`${mcp.origin}/other?a=b`));
  expect((await sent()).headers.location).toBe('https://elsewhere.example/mcp');
  expect((await sent()).headers.location).toBe('http://elsewhere.example/mcp');
  expect((await sent()).status).toBe(502);
});

it('closed addresses in metadata are refused when a client follows them', async () => {
  const target = await forbidden();
  for (const host of [
    `127.0.0.1:${target.port}`,
    '[::1]',
    '10.0.0.1',
    '169.254.169.254',
    'private.example',
  ]) {
    const mcp = await fakeMcp({
      oauth: true,
      resource: { authorization_servers: [`https://${host}`] },
      metadata: {
        token_endpoint: `https://${host}/token`,
        registration_endpoint: `https://${host}/register`,
      },
    });
    const gateway = await mcpGateway({ allow: [mcp.origin], resolve });
    const challenged = await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' });
    const resource = (await ask(metadataIn(challenged))).json;
    const [issuer = ''] = resource['authorization_servers'] as string[];
    expect((await ask(wellKnown(issuer))).status).toBe(403);
    for (const path of ['/token', '/register', '/.well-known/openid-configuration'])
      expect((await ask(`${issuer}${path}`, { method: 'POST', body: '{}' })).status).toBe(403);
  }
  expect(target.count()).toBe(0);
});
