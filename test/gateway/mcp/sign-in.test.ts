import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type FakeMcp, type FakeMcpOptions, fakeMcp } from '../../support/fake-mcp.ts';
import { ask, discover, type McpGateway, mcpGateway } from '../../support/mcp-gateway.ts';
import { mcpHost } from '../../support/mcp-host.ts';

interface Started {
  readonly mcp: FakeMcp;
  /** The sign-in server, on another origin. */
  readonly server: FakeMcp;
  readonly gateway: McpGateway;
}

/** A sign-in server that knows the resource by its real name only, as the specification of MCP demands. */
async function started(options: FakeMcpOptions = {}): Promise<Started> {
  const server: FakeMcp = await fakeMcp({
    ...options,
    intercept: ({ path, query, body }, response) => {
      const params =
        path === '/authorize' ? query : path === '/token' ? new URLSearchParams(body) : undefined;
      if (params === undefined || params.get('resource') === mcp.url) return false;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_target"}');
      return true;
    },
  });
  const mcp: FakeMcp = await fakeMcp({
    oauth: true,
    resource: { authorization_servers: [server.origin] },
    intercept: () => {
      for (const token of server.issued) mcp.valid.add(token);
      return false;
    },
  });
  const gateway = await mcpGateway({
    allow: [mcp.origin, server.origin],
    env: { MCP_CLIENT_NAME: 'Gateway' },
  });
  return { mcp, server, gateway };
}

const JSON_BODY = { 'content-type': 'application/json' };
const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' };
const CALLBACK = 'http://localhost:45678/callback';

/** The parameters with which a client opens the authorization endpoint. */
const asked = (address: string, changes: Record<string, string> = {}): string =>
  new URLSearchParams({
    response_type: 'code',
    client_id: 'registered-client',
    redirect_uri: CALLBACK,
    state: 'state of the client',
    resource: address,
    code_challenge: createHash('sha256').update('verifier').digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }).toString();

/** Follows redirects as a browser does, up to the client's own listener. @returns the last answer. */
async function browse(url: string) {
  let got = await ask(url);
  while (got.status === 302 && !(got.headers.location ?? '').startsWith(CALLBACK))
    got = await ask(got.headers.location ?? '');
  return got;
}

it.each(['', 'issuer=gateway&'])(
  'a server is signed in to through the gateway, in the seven steps of the documentation (%s)',
  async (options) => {
    const { mcp, server, gateway } = await started();
    const address = gateway.through(mcp.url, options);
    // 1. 401. 2. Metadata.
    const found = await discover(address);
    const [register, authorize, token] = ['registration', 'authorization', 'token'].map((name) =>
      String(found.server[`${name}_endpoint`]),
    ) as [string, string, string];
    // 3. Registration.
    const registration = JSON.stringify({ client_name: 'mine', redirect_uris: [CALLBACK] });
    const registered = await ask(register, { method: 'POST', body: registration, headers: JSON_BODY });
    expect(registered.json).toMatchObject({ client_id: 'registered-client', redirect_uris: [CALLBACK] });
    // 4. Browser. 5. Callback.
    const back = new URL((await browse(`${authorize}?${asked(address)}`)).headers.location ?? '');
    expect(back.searchParams.get('state')).toBe('state of the client');
    expect(back.searchParams.get('iss')).toBe(options === '' ? server.origin : null);
    // 6. Token.
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: 'verifier',
      resource: address,
    });
    const tokens = await ask(token, { method: 'POST', body: form.toString(), headers: FORM_BODY });
    expect(tokens.status, tokens.body).toBe(200);
    // 7. The request again.
    const headers = { ...JSON_BODY, authorization: `Bearer ${tokens.json['access_token']}` };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect((await ask(address, { method: 'POST', body, headers })).json).toHaveProperty('result.tools');
    expect(server.steps()).toEqual([
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /token',
    ]);
    const uris = JSON.parse(server.at('/register')[0]?.body ?? '') as { redirect_uris: string[] };
    const sentUris = [
      uris.redirect_uris[0],
      server.at('/authorize')[0]?.query.get('redirect_uri'),
      new URLSearchParams(server.at('/token')[0]?.body).get('redirect_uri'),
    ];
    expect(new Set(sentUris).size).toBe(1);
    expect(sentUris[0]?.startsWith(options === '' ? CALLBACK : `${gateway.url}/mcp_relay/`)).toBe(true);
  },
);

describe('a client that compares issuers, such as one of the official SDK 2.x', () => {
  it('signs in with issuer=gateway, where the gateway stands in for the sign-in server', async () => {
    const { mcp, server, gateway } = await started();
    const address = gateway.through(mcp.url, 'issuer=gateway&');
    const host = mcpHost(address);
    expect((await host.initialize()).error).toBeUndefined();
    expect((await host.request('tools/call', { name: 'echo' })).result).toBeDefined();
    expect(JSON.parse(server.at('/register')[0]?.body ?? '')).toMatchObject({ client_name: 'Gateway' });
    expect(host.context.opened).toHaveLength(1);
    expect((await discover(address)).server['issuer']).toBe((await discover(address)).issuer);
  });

  it('refuses the metadata without it: the issuer in there is not the address that it asked at', async () => {
    const { mcp, server, gateway } = await started();
    const host = mcpHost(gateway.through(mcp.url));
    expect((await host.initialize()).error?.message).toMatch(/issuer/i);
    expect(server.at('/register')).toEqual([]);
    expect(host.context.opened).toEqual([]);
  });
});

describe('where the gateway stands in for the sign-in server, it checks in the place of the client', () => {
  const opened = async (options: FakeMcpOptions = {}) => {
    const begun = await started(options);
    const address = begun.gateway.through(begun.mcp.url, 'issuer=gateway&');
    const { server: metadata } = await discover(address);
    return { ...begun, address, metadata, authorize: String(metadata['authorization_endpoint']) };
  };

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another spelling', { iss: 'HTTP://127.0.0.1/' }],
    ['no issuer, although the server announced one', { iss: undefined }],
    ['no state', { state: undefined }],
    ['a state of its own', { state: 'x.AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('an answer with %s is refused, and the code goes nowhere', async (_, callback) => {
    const { address, authorize } = await opened({ callback });
    const got = await browse(`${authorize}?${asked(address)}`);
    expect([got.status, got.headers.location]).toEqual([400, undefined]);
    expect(got.body).not.toMatch(/code-|evil/);
  });

  it('an error of the sign-in server reaches the client with the client’s own state', async () => {
    const { address, authorize } = await opened({ callback: { code: undefined, error: 'access_denied' } });
    const { headers } = await browse(`${authorize}?${asked(address)}`);
    expect(headers.location).toBe(`${CALLBACK}?error=access_denied&state=state+of+the+client`);
  });

  it('a server that announces no issuer in its answers may send none', async () => {
    const metadata = { authorization_response_iss_parameter_supported: undefined };
    const { address, authorize } = await opened({ callback: { iss: undefined }, metadata });
    const { headers } = await browse(`${authorize}?${asked(address)}`);
    expect(headers.location).toContain(`${CALLBACK}?code=code-`);
  });

  it.each([
    'https://evil.example/callback',
    'http://10.0.0.1/callback',
    'javascript:alert(1)',
    'http://localhost.evil.example/',
    'http://localhost@evil.example/',
    '',
  ])('a redirect URI that is not on this computer is refused before the browser leaves (%s)', async (uri) => {
    const { address, authorize, server } = await opened();
    const got = await ask(`${authorize}?${asked(address, { redirect_uri: uri })}`);
    expect([got.status, got.headers.location]).toEqual([400, undefined]);
    expect(server.at('/authorize')).toEqual([]);
  });

  it('metadata that names another issuer than it was asked for: 502, and no endpoint is issued', async () => {
    const { gateway, mcp } = await started({ metadata: { issuer: 'https://evil.example' } });
    const { server } = await discover(gateway.through(mcp.url, 'issuer=gateway&'));
    expect(server).toEqual({
      error: { code: 'MCP_AUTH_ERROR', message: expect.stringContaining('names another issuer') },
    });
  });

  it('documents of clients (CIMD) are not offered, because they list other redirect URIs', async () => {
    const metadata = { client_id_metadata_document_supported: true };
    expect((await opened({ metadata })).metadata['client_id_metadata_document_supported']).toBeUndefined();
    const { gateway, mcp } = await started({ metadata });
    const { server } = await discover(gateway.through(mcp.url));
    expect(server['client_id_metadata_document_supported']).toBe(true);
  });

  it('the pages for the browser may be reached from another site, with GET only', async () => {
    const { address, authorize } = await opened();
    const url = `${authorize}?${asked(address)}`;
    expect((await ask(url, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(302);
    expect((await ask(url, { method: 'POST' })).status).toBe(405);
    expect((await ask(url, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });
});
