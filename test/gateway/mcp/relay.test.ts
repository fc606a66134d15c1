import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeMcp } from '../../support/fake-mcp.ts';
import { ask, discover, mcpGateway, wellKnown } from '../../support/mcp-gateway.ts';

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('E4 relay whose origin was not discovered under that root: 403', () => {
  it('also when neither was seen before', async () => {
    const mcp = await fakeMcp();
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const flow = { query: `original=${encodeURIComponent(mcp.url)}` };
    const relay = { purpose: 'endpoint', origin: mcp.origin };
    const forged = [
      `/mcp_relay/${encoded(flow)}/${encoded(relay)}/${'A'.repeat(22)}/token`,
      `/mcp_relay/${encoded(mcp.origin)}/${encoded(mcp.origin)}/token`,
      `/mcp_relay/${encoded(flow)}/${encoded(relay)}/token`,
      `/mcp_relay/${encoded(flow)}/${encoded(relay)}//token`,
      '/mcp_relay/',
      '/mcp_relay/x/y/z',
      `/.well-known/oauth-authorization-server/mcp_relay/${encoded(flow)}/${encoded(relay)}/${'A'.repeat(22)}`,
      `/.well-known/oauth-authorization-server/mcp_relay/${encoded(mcp.origin)}/${encoded(mcp.origin)}`,
    ];
    for (const path of forged)
      for (const method of ['GET', 'POST'])
        expect((await ask(`${gateway.url}${path}`, { method })).status, path).toBe(403);
    expect(mcp.seen).toEqual([]);
  });

  it('the origin discovered in flow A is refused in flow B', async () => {
    const [one, other] = [await fakeMcp({ oauth: true }), await fakeMcp({ oauth: true })];
    const gateway = await mcpGateway({ allow: [one.origin, other.origin] });
    const [a, b] = [await discover(gateway.through(one.url)), await discover(gateway.through(other.url))];
    const [rootA, relayA, macA] = a.issuer.split('/').slice(4);
    const [rootB, relayB, macB] = b.issuer.split('/').slice(4);
    const seen = one.seen.length + other.seen.length;
    for (const [root, relay, mac] of [
      [rootA, relayB, macA],
      [rootA, relayB, macB],
      [rootB, relayA, macA],
      [rootB, relayA, macB],
    ])
      for (const path of [
        `/mcp_relay/${root}/${relay}/${mac}/token`,
        `/.well-known/oauth-authorization-server/mcp_relay/${root}/${relay}/${mac}`,
      ])
        expect((await ask(`${gateway.url}${path}`, { method: 'POST' })).status).toBe(403);
    expect(one.seen.length + other.seen.length).toBe(seen);
    expect((await ask(wellKnown(a.issuer))).status).toBe(200);
  });

  it('a URL is good only for what it was issued for', async () => {
    const mcp = await fakeMcp({ oauth: true });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const { issuer, server } = await discover(gateway.through(mcp.url));
    const [root, relay = '', mac] = issuer.split('/').slice(4);
    const purpose = JSON.parse(Buffer.from(relay, 'base64url').toString()) as object;
    for (const change of [
      { purpose: 'register' },
      { origin: 'https://other.example' },
      { issuer: mcp.origin },
    ]) {
      const changed = encoded({ ...purpose, ...change });
      expect((await ask(`${gateway.url}/mcp_relay/${root}/${changed}/${mac}/register`)).status).toBe(403);
    }
    // A registration sent to the token endpoint keeps its name.
    const body = '{"client_name":"mine"}';
    await ask(String(server['token_endpoint']).replace(/\/token$/, '/register'), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(mcp.at('/register')[0]?.body).toBe(body);
  });

  it('except a URL this installation itself issued, recognised by its MAC, so that cached URLs survive a restart', async () => {
    const mcp = await fakeMcp({ oauth: true });
    const first = await mcpGateway({ allow: [mcp.origin] });
    const { issuer, server } = await discover(first.through(mcp.url));
    await first.close();
    const again = await mcpGateway({ context: first.context, port: first.port });
    expect((await ask(wellKnown(issuer))).json).toEqual(server);
    expect((await discover(again.through(mcp.url))).issuer).toBe(issuer);
    const other = await mcpGateway({ allow: [mcp.origin], port: 0 });
    const elsewhere = wellKnown(issuer).replace(first.url, other.url);
    expect((await ask(elsewhere)).status).toBe(403);
  });

  it('nothing is remembered that could expire: the key is kept 0600, in the home of this installation', async () => {
    const mcp = await fakeMcp({ oauth: true });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const { issuer, server } = await discover(gateway.through(mcp.url));
    const path = join(gateway.context.home, 'mcp-relay-key');
    const key = readFileSync(path, 'utf8').trim();
    expect(key).toMatch(/^[\w-]{43}$/);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.stringify([issuer, server])).not.toContain(key);
    // Not derived from the key that agents and editors have.
    expect(key).not.toContain(gateway.key.reveal().slice(8, 20));
  });
});

it.each([
  '/../../x',
  '/a/%2e%2e/b',
  '/a%2Fb',
  '//evil.example/x',
  '/@evil.example/',
  '/\\evil.example',
  '/a?b=https://evil.example',
  '/https://evil.example/',
])('the path %s of a relay URL leads to the origin that it was issued for', async (path) => {
  const mcp = await fakeMcp({ oauth: true });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const { server } = await discover(gateway.through(mcp.url));
  const endpoint = String(server['token_endpoint']).replace(/\/token$/, '');
  const before = mcp.seen.length;
  expect((await ask(`${endpoint}${path}`, { method: 'POST' })).status).toBe(404);
  expect(mcp.seen.slice(before).map(({ headers }) => headers.host)).toEqual([new URL(mcp.origin).host]);
});
