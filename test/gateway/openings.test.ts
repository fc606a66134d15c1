import { request as open } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { hostIn, type Openings, originIn } from '../../src/gateway/openings.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { testContext } from '../support/context.ts';
import { type Answer, fakePlatform, jwtCredential, post } from '../support/platform.ts';

const EDITOR = 'https://editor.example.com';

/** A gateway in front of a platform that lets any page read its answers, with cookies. */
async function opened(openings?: Openings): Promise<{ gateway: Gateway; requests: () => number }> {
  const platform = await fakePlatform((request, response) => {
    request.resume().once('end', () =>
      response
        .writeHead(200, {
          'access-control-allow-origin': '*',
          'access-control-allow-credentials': 'true',
          vary: 'Accept',
          'x-request-id': 'r-1',
        })
        .end('{}'),
    );
  });
  const gateway = await startGateway(testContext(), {
    access: fixedAccess(platform.origin, jwtCredential(platform.origin)),
    client: 'codemie-gateway',
    sessionId: 's',
    ...(openings === undefined ? {} : { openings }),
  });
  onTestFinished(() => gateway.close());
  return { gateway, requests: platform.requests };
}

/** A request without the key, as a browser asks before it sends the page's own. */
function preflight(gateway: Gateway, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = open(
      `${gateway.url}/v1/messages`,
      {
        method: 'OPTIONS',
        agent: false,
        headers: { 'access-control-request-method': 'POST', ...headers },
      },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

const corsOf = ({ headers }: Answer): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

it('a container reaches the gateway by a name that was allowed, and by no other', async () => {
  const { gateway } = await opened({ allowHosts: ['host.docker.internal'], allowOrigins: [] });
  const at = async (host: string): Promise<number> =>
    (await post(gateway, '/v1/messages', '{}', { host })).status;
  expect(await at(`host.docker.internal:${gateway.port}`)).toBe(200);
  expect(await at(`Host.Docker.Internal:${gateway.port}`)).toBe(200);
  for (const host of [
    'host.docker.internal',
    `evil.example:${gateway.port}`,
    `x.host.docker.internal:${gateway.port}`,
    `host.docker.internal.evil.example:${gateway.port}`,
    'host.docker.internal:1',
  ])
    expect(await at(host), host).toBe(421);
});

it('an allowed name does not open the MCP routes, which need no key', async () => {
  const { gateway } = await opened({ allowHosts: ['host.docker.internal'], allowOrigins: [EDITOR] });
  const mcp = await post(gateway, '/mcp_auth?original=https://mcp.example.com', '{}', {
    host: `host.docker.internal:${gateway.port}`,
  });
  expect(mcp.status).toBe(421);
  const page = await post(gateway, '/mcp_auth?original=https://mcp.example.com', '{}', { origin: EDITOR });
  expect([page.status, corsOf(page)]).toEqual([403, {}]);
});

it('a gateway started without openings names the option for a container that is refused, and for a page', async () => {
  const { gateway, requests } = await opened();
  const container = await post(gateway, '/v1/messages', '{}', {
    host: `host.docker.internal:${gateway.port}`,
  });
  expect([container.status, container.body]).toEqual([421, expect.stringContaining('--allow-host')]);
  const page = await post(gateway, '/v1/messages', '{}', { origin: EDITOR });
  expect([page.status, page.body]).toEqual([403, expect.stringContaining('--allow-origin')]);
  expect(corsOf(page)).toEqual({});
  expect(corsOf(await preflight(gateway, { origin: EDITOR }))).toEqual({});
  expect(requests()).toBe(0);
});

it('an editor that is a web page may ask, send and read, with the key and without cookies', async () => {
  const { gateway } = await opened({ allowHosts: [], allowOrigins: [EDITOR] });
  const asked = await preflight(gateway, {
    origin: EDITOR,
    'access-control-request-headers': 'authorization, anthropic-version,x-stainless-os',
    'access-control-request-private-network': 'true',
  });
  expect([asked.status, corsOf(asked)]).toEqual([
    204,
    {
      'access-control-allow-origin': EDITOR,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization, anthropic-version,x-stainless-os',
      'access-control-allow-private-network': 'true',
      'access-control-expose-headers': '*',
      'access-control-max-age': '600',
    },
  ]);
  expect(asked.headers.vary).toBe('Origin');
  const readable = { 'access-control-allow-origin': EDITOR, 'access-control-expose-headers': '*' };
  const sent = await post(gateway, '/v1/messages', '{}', { origin: EDITOR });
  expect([sent.status, corsOf(sent), sent.headers.vary]).toEqual([200, readable, 'Origin']);
  // The page reads why it is refused, too.
  for (const [path, headers, status] of [
    ['/v1/messages', { authorization: 'Bearer wrong' }, 401],
    ['/v1/user', {}, 404],
  ] as const) {
    const refused = await post(gateway, path, '{}', { origin: EDITOR, ...headers });
    expect([refused.status, corsOf(refused)], path).toEqual([status, readable]);
  }
});

it('other pages may neither ask nor send nor read, whatever their origin resembles', async () => {
  const { gateway, requests } = await opened({ allowHosts: [], allowOrigins: [EDITOR] });
  for (const origin of [
    'null',
    'http://editor.example.com',
    'https://editor.example.com:8443',
    'https://editor.example.com.evil.example',
    'https://evil.example',
    `${EDITOR}/`,
    'https://EDITOR.example.com',
    `http://localhost:${gateway.port}`,
  ]) {
    const asked = await preflight(gateway, { origin });
    const sent = await post(gateway, '/v1/messages', '{}', { origin });
    expect([asked.status, corsOf(asked), sent.status, corsOf(sent)], origin).toEqual([403, {}, 403, {}]);
  }
  // An allowed page under a name that leads elsewhere (DNS rebinding).
  const rebound = { origin: EDITOR, host: `evil.example:${gateway.port}` };
  const asked = await preflight(gateway, rebound);
  const sent = await post(gateway, '/v1/messages', '{}', rebound);
  expect([asked.status, corsOf(asked), sent.status, corsOf(sent)]).toEqual([421, {}, 421, {}]);
  expect(requests()).toBe(0);
});

it('an agent reads no permission of the platform for web pages', async () => {
  const { gateway } = await opened();
  const answer = await post(gateway, '/v1/messages');
  expect([corsOf(answer), answer.headers.vary]).toEqual([{}, 'Accept']);
});

it.each(['host.docker.internal', 'HOST.docker.internal', '172.17.0.1', '[fd00::1]', 'a', 'my_host'])(
  '--allow-host %s',
  (name) => {
    expect(hostIn(name)).toBe(name.toLowerCase());
  },
);

it.each(['', '*', '*.example.com', 'http://a', 'a:4180', 'a/b', '-a', 'a b', '::1', 'a\n'])(
  '--allow-host %j is a usage error',
  (name) => {
    expect(() => hostIn(name)).toThrow('--allow-host takes a host name');
  },
);

it.each([
  ['https://Editor.example.com', EDITOR],
  ['https://editor.example.com:443', EDITOR],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://127.0.0.1:80', 'http://127.0.0.1'],
  ['app://Obsidian.md', 'app://obsidian.md'],
  ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
])('--allow-origin %s allows %s', (given, origin) => {
  expect(originIn(given)).toBe(origin);
});

it.each([
  ...[
    '',
    '*',
    'null',
    'editor.example.com',
    'https://',
    'https://*.example.com',
    'https://a/',
    'https://a/b',
  ],
  ...['https://user@a', 'https://a?b', 'https://a b', 'http://editor.example.com', 'file:///', 'https://a:b'],
])('--allow-origin %j is a usage error', (given) => {
  expect(() => originIn(given)).toThrow('--allow-origin');
});
