import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type FakeMcp, fakeMcp } from '../../support/fake-mcp.ts';
import { ask, discover, mcpGateway, metadataIn, wellKnown } from '../../support/mcp-gateway.ts';

const ISSUER = 'https://id.example/tenant';
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize?kc=1`,
  end_session_endpoint: `${ISSUER}/logout`,
  redirect_uris: [`${ISSUER}/back`],
  redirect_uri: `${ISSUER}/back`,
  aud: ISSUER,
  audience: ISSUER,
  service_documentation: 'https://id.example/docs',
  jwks_uri: 'https://keys.example/jwks',
  revocation_endpoint: `${ISSUER}/revoke`,
  mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example/token' },
  scopes_supported: ['https://id.example/scope'],
};

/** A server that has the metadata of `METADATA` on its own origin. */
const described = (): Promise<FakeMcp> => fakeMcp({ oauth: true, metadata: METADATA });

describe('E3 401 challenge and PRM come back with relay/auth URLs on the proxy’s real port', () => {
  it('the challenge, quoted and unquoted, on each status and in each of several challenges', async () => {
    const metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp?a=b';
    const challenges = [
      `Bearer resource_metadata="${metadata}", scope="read"`,
      `Bearer realm="x", resource_metadata=${metadata}, error=invalid_token`,
      `DPoP Resource_Metadata = "${metadata}"`,
      `Bearer resource_metadata="https://mcp.example.com/\\.well-known/oauth-protected-resource/mcp?a=b"`,
      'Bearer resource_metadata="javascript:alert(1)"',
      'Basic realm="resource_metadata"',
    ];
    const mcp = await fakeMcp({
      intercept: ({ method }, response) => {
        response.writeHead(method === 'GET' ? 403 : 401, { 'www-authenticate': challenges }).end('{}');
        return true;
      },
    });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    for (const method of ['GET', 'POST']) {
      const { headers } = await ask(gateway.through(mcp.url), { method });
      const [quoted, bare, dpop, escaped, script, basic] = [headers['www-authenticate'] ?? '']
        .flat()
        .join('\n')
        .split(/, (?=Bearer|DPoP|Basic)/);
      const relayed = new RegExp(
        `resource_metadata\\s*=\\s*"${gateway.url}/mcp_relay/[\\w-]+/[\\w-]+/[\\w-]{22}/.well-known/oauth-protected-resource/mcp\\?a=b"`,
        'i',
      );
      for (const one of [quoted, bare, dpop, escaped]) expect(one).toMatch(relayed);
      expect(quoted).toContain('", scope="read"');
      expect(bare).toMatch(/^Bearer realm="x", .*", error=invalid_token$/);
      expect([script, basic]).toEqual(challenges.slice(4));
    }
  });

  it('issuer, redirect_uris and aud are unchanged; the endpoints lead through the gateway', async () => {
    const mcp = await described();
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const { resource, issuer, server } = await discover(gateway.through(mcp.url));
    const relay = `${gateway.url}/mcp_relay/`;
    expect(issuer.startsWith(relay)).toBe(true);
    expect(resource).toEqual({ resource: gateway.through(mcp.url), authorization_servers: [issuer] });
    const unchanged = [
      'issuer',
      'end_session_endpoint',
      'redirect_uris',
      'redirect_uri',
      'aud',
      'audience',
      'service_documentation',
      'scopes_supported',
    ] as const;
    for (const name of unchanged) expect(server[name], name).toEqual(METADATA[name]);
    const ending = {
      token_endpoint: '/token',
      registration_endpoint: '/register',
      revocation_endpoint: '/tenant/revoke',
      jwks_uri: '/jwks',
      authorization_endpoint: '/tenant/authorize?kc=1',
    };
    for (const [name, end] of Object.entries(ending)) {
      expect(String(server[name]).startsWith(relay), name).toBe(true);
      expect(String(server[name]).endsWith(end), name).toBe(true);
    }
    expect(
      String((server['mtls_endpoint_aliases'] as Record<string, string>)['token_endpoint']).startsWith(relay),
    ).toBe(true);
  });

  it('PRM resource equals the URL the client connected to, however it is written', async () => {
    const mcp = await fakeMcp({ oauth: true });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const addresses = [
      gateway.through(mcp.url),
      `${gateway.url}/mcp_auth?original=${mcp.url}`,
      `http://localhost:${gateway.port}/mcp_auth?original=${mcp.url}`,
      `${gateway.url}/mcp_auth?session=1&original=${mcp.url}`,
      gateway.through(mcp.url, 'issuer=gateway&'),
    ];
    for (const address of addresses) {
      const { resource, issuer } = await discover(address);
      expect(resource['resource']).toBe(address);
      expect(issuer.startsWith(`${new URL(address).origin}/mcp_relay/`)).toBe(true);
      // The address that clients derive without a challenge.
      const asked = await ask(address.replace('/mcp_auth', '/.well-known/oauth-protected-resource/mcp_auth'));
      expect(asked.json['resource']).toBe(address);
    }
  });

  it.each([
    [404, 'application/json'],
    [401, 'text/plain'],
    [200, 'text/html; charset=utf-8'],
  ])(
    'metadata at the root of the server is found where its path answers %i with %s',
    async (status, type) => {
      const mcp = await fakeMcp({
        intercept: ({ path }, response) => {
          if (path === '/.well-known/oauth-protected-resource/mcp') {
            response.writeHead(status, { 'content-type': type }).end('<!doctype html>');
            return true;
          }
          if (path !== '/.well-known/oauth-protected-resource') return false;
          response.end(JSON.stringify({ resource: mcp.origin, authorization_servers: [mcp.origin] }));
          return true;
        },
        resource: 'none',
      });
      const gateway = await mcpGateway({ allow: [mcp.origin] });
      const derived = gateway
        .through(mcp.url)
        .replace('/mcp_auth', '/.well-known/oauth-protected-resource/mcp_auth');
      expect((await ask(derived)).json['resource']).toBe(gateway.through(mcp.url));
      expect(mcp.steps()).toEqual([
        'GET /.well-known/oauth-protected-resource/mcp',
        'GET /.well-known/oauth-protected-resource',
      ]);
    },
  );
});

it('E3 the upstream receives the original resource in authorize query, token form and JSON', async () => {
  const mcp = await fakeMcp({ oauth: true });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const address = gateway.through(mcp.url);
  const { server } = await discover(address);
  const query = new URLSearchParams({
    client_id: 'c',
    redirect_uri: 'http://localhost:1/callback',
    state: 's+/ %',
    resource: address,
  });
  const page = await ask(`${server['authorization_endpoint']}?${query}`);
  expect(page.status).toBe(302);
  const real = new URL(page.headers.location ?? '');
  expect(`${real.origin}${real.pathname}`).toBe(`${mcp.origin}/authorize`);
  expect(Object.fromEntries(real.searchParams)).toEqual({ ...Object.fromEntries(query), resource: mcp.url });
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'r +/', resource: address });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  await ask(String(server['token_endpoint']), { method: 'POST', body: form.toString(), headers });
  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ resource: address, other: address });
  await ask(String(server['token_endpoint']), { method: 'POST', body, headers: json });
  const [first, second] = mcp.at('/token');
  expect(Object.fromEntries(new URLSearchParams(first?.body))).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'r +/',
    resource: mcp.url,
  });
  expect(JSON.parse(second?.body ?? '')).toEqual({ resource: mcp.url, other: address });
  for (const seen of [first, second])
    expect(Number(seen?.headers['content-length'])).toBe(Buffer.byteLength(seen?.body ?? ''));
});

it('a form without the gateway’s address arrives byte by byte', async () => {
  const mcp = await fakeMcp({ oauth: true });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const { server } = await discover(gateway.through(mcp.url));
  const body = 'grant_type=authorization_code&code=a%2bb+c&resource=https%3a%2f%2fx.example&&code_verifier=~';
  await ask(String(server['token_endpoint']), {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' },
  });
  expect(mcp.at('/token')[0]?.body).toBe(body);
});

describe('E3 registration through the relay', () => {
  const registration = {
    client_name: 'Claude Code',
    redirect_uris: ['http://localhost:1/callback'],
    contacts: ['ä'],
    application_type: 'native',
    token_endpoint_auth_method: 'none',
  };
  it.each([
    [undefined, 'CodeMie CLI'],
    ['Claude Code (my-server) ä', 'Claude Code (my-server) ä'],
  ])(
    'upstream sees client_name = MCP_CLIENT_NAME (%s), every other member unchanged, content-length right',
    async (name, wanted) => {
      const mcp = await fakeMcp({ oauth: true });
      const gateway = await mcpGateway({
        allow: [mcp.origin],
        env: name === undefined ? {} : { MCP_CLIENT_NAME: name },
      });
      const { server } = await discover(gateway.through(mcp.url));
      const headers = { 'content-type': 'application/json' };
      const got = await ask(String(server['registration_endpoint']), {
        method: 'POST',
        body: JSON.stringify(registration),
        headers,
      });
      expect([got.status, got.json['client_id']]).toEqual([201, 'registered-client']);
      const [seen] = mcp.at('/register');
      expect(JSON.parse(seen?.body ?? '')).toEqual({ ...registration, client_name: wanted });
      expect(Number(seen?.headers['content-length'])).toBe(Buffer.byteLength(seen?.body ?? ''));
    },
  );

  it('other JSON POSTs are untouched, and a registration without a name gets none', async () => {
    const mcp = await fakeMcp({ oauth: true });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const { server } = await discover(gateway.through(mcp.url));
    const headers = { 'content-type': 'application/json' };
    const body = '{ "client_name": "kept", "jsonrpc":"2.0" }';
    await ask(String(server['token_endpoint']), { method: 'POST', body, headers });
    await ask(gateway.through(`${mcp.origin}/register`), { method: 'POST', body, headers });
    await ask(String(server['registration_endpoint']), {
      method: 'POST',
      body: '{ "redirect_uris": [] }',
      headers,
    });
    expect([...mcp.at('/token'), ...mcp.at('/register')].map((one) => one.body)).toEqual([
      body,
      body,
      '{ "redirect_uris": [] }',
    ]);
  });
});

it('a compressed document is decoded and rewritten', async () => {
  const mcp = await fakeMcp({
    intercept: ({ path }, response) => {
      if (!path.includes('oauth-protected-resource')) return false;
      const text = JSON.stringify({ resource: mcp.url, authorization_servers: [mcp.origin] });
      response.writeHead(200, { 'content-encoding': 'gzip', etag: '"1"' }).end(gzipSync(text));
      return true;
    },
    oauth: true,
  });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const got = await ask(metadataIn(await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' })));
  expect(got.json['resource']).toBe(gateway.through(mcp.url));
  expect([got.headers['content-encoding'], got.headers.etag]).toEqual([undefined, undefined]);
});

it('a server whose metadata describes another resource gets no token for that one', async () => {
  for (const resource of [
    'https://bank.example/mcp',
    'http://127.0.0.1:1/mcp',
    undefined,
    'mcp',
    `ORIGIN/other`,
    `ORIGIN/mcp/deeper`,
  ]) {
    const mcp = await fakeMcp({
      oauth: true,
      intercept: ({ path }, response) => {
        if (!path.includes('oauth-protected-resource')) return false;
        response.end(
          JSON.stringify({
            resource: resource?.replace('ORIGIN', mcp.origin),
            authorization_servers: [mcp.origin],
          }),
        );
        return true;
      },
    });
    const gateway = await mcpGateway({ allow: [mcp.origin] });
    const got = await ask(metadataIn(await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' })));
    expect([got.status, got.body], String(resource)).toEqual([
      502,
      expect.stringContaining('describes another resource'),
    ]);
  }
});

it('what is no document is left for the client to judge', async () => {
  const mcp = await fakeMcp({
    oauth: true,
    intercept: ({ path }, response) => {
      if (!path.startsWith('/.well-known/')) return false;
      response
        .writeHead(path.includes('resource') ? 200 : 404, { 'content-type': 'text/html' })
        .end('<!doctype html>');
      return true;
    },
  });
  const gateway = await mcpGateway({ allow: [mcp.origin] });
  const got = await ask(metadataIn(await ask(gateway.through(mcp.url), { method: 'POST', body: '{}' })));
  expect([got.status, got.body]).toEqual([200, '<!doctype html>']);
  expect((await ask(wellKnown(gateway.through(mcp.url)))).status).toBe(404);
});
