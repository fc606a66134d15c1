import { describe, expect, it } from 'vitest';
import { signAsClient } from '../../src/mcp/auth/client-auth.ts';
import { canned } from '../support/canned.ts';
import { type FakeMcpOptions, fakeMcp } from '../support/fake-mcp.ts';
import { type McpHostOptions, mcpHost } from '../support/mcp-host.ts';

const DOCUMENT = 'https://client.example/metadata.json';

async function signIn(options: FakeMcpOptions, hostOptions: McpHostOptions) {
  const server = await fakeMcp({ oauth: true, ...options });
  const host = mcpHost(server.url, hostOptions);
  return { server, host, reply: await host.initialize() };
}

describe('a client ID metadata document', () => {
  it.each([
    ['option', { settings: { 'client-metadata-url': DOCUMENT } }],
    ['variable', { env: { CODEMIE_MCP_CLIENT_METADATA_URL: DOCUMENT } }],
  ])('named by %s is the client_id, and nothing is registered', async (_, hostOptions) => {
    const { reply, server } = await signIn(
      { metadata: { client_id_metadata_document_supported: true } },
      hostOptions,
    );
    expect(reply.result).toBeDefined();
    expect(server.at('/register')).toEqual([]);
    expect(server.at('/authorize')[0]?.query.get('client_id')).toBe(DOCUMENT);
    expect(new URLSearchParams(server.at('/token')[0]?.body).get('client_id')).toBe(DOCUMENT);
  });

  it('is left out where the server does not support it: the client is registered', async () => {
    const { reply, server } = await signIn({}, { settings: { 'client-metadata-url': DOCUMENT } });
    expect(reply.result).toBeDefined();
    expect(server.at('/authorize')[0]?.query.get('client_id')).toBe('registered-client');
  });

  it('is named as the way out where the server supports it and has no registration', async () => {
    const metadata = { registration_endpoint: undefined, client_id_metadata_document_supported: true };
    const { reply } = await signIn({ metadata }, {});
    expect(reply.error?.data.hint).toContain('--client-metadata-url');
  });
});

describe('a client that was registered by hand', () => {
  const secretOf = (secret: string) => ({
    env: { CODEMIE_MCP_CLIENT_ID: 'by hand:1', CODEMIE_MCP_CLIENT_SECRET: secret },
  });

  it.each<[string, readonly string[] | undefined, string | undefined, string | null]>([
    ['Basic', ['client_secret_basic', 'client_secret_post'], `Basic ${btoa('by+hand%3A1:s-1')}`, null],
    ['Basic, where the metadata says nothing,', undefined, `Basic ${btoa('by+hand%3A1:s-1')}`, null],
    ['POST', ['client_secret_post'], undefined, 's-1'],
  ])(
    'signs in with %s as the metadata allows, and nothing is registered',
    async (_, methods, header, inBody) => {
      const { reply, server } = await signIn(
        { metadata: { token_endpoint_auth_methods_supported: methods, registration_endpoint: undefined } },
        secretOf('s-1'),
      );
      expect(reply.result).toBeDefined();
      expect(server.at('/register')).toEqual([]);
      const [sent] = server.at('/token');
      expect(sent?.headers.authorization).toBe(header);
      expect(new URLSearchParams(sent?.body).get('client_secret')).toBe(inBody);
    },
  );

  it.each(['a:b', '100%', 'a+b c', 'päß', '鍵', '~*-._'])(
    'has the secret %s encoded for Basic as a form is (RFC 6749 §2.3.1)',
    (secret) => {
      const headers = new Headers();
      const client = { client_id: 'id:1', client_secret: secret };
      signAsClient(client, ['client_secret_basic'], headers, new URLSearchParams());
      const basic = atob(headers.get('authorization')?.replace('Basic ', '') ?? '');
      const [id, ...rest] = basic.split(':');
      expect(rest).toHaveLength(1);
      const decoded = new URLSearchParams(`id=${id}&secret=${rest[0]}`);
      expect([decoded.get('id'), decoded.get('secret')]).toEqual(['id:1', secret]);
    },
  );

  it('that the server does not accept is an error that names the option, after one token request', async () => {
    const { reply, server, host } = await signIn(
      { intercept: canned({ '/token': { status: 401, json: { error: 'invalid_client' } } }) },
      secretOf('wrong-secret'),
    );
    expect(reply.error?.message).toContain('does not accept the client you named (invalid_client');
    expect(reply.error?.data.hint).toContain('--client-id');
    expect(server.at('/token')).toHaveLength(1);
    expect(JSON.stringify(reply) + host.log()).not.toContain('wrong-secret');
  });
});

describe('a server that forgot its clients', () => {
  /** Knows no client it registered before `forget`. */
  async function forgetful() {
    let known = 0;
    let registered = 0;
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path, body }, response) => {
        const json = (status: number, value: unknown): true => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
          return true;
        };
        if (path === '/register') {
          registered += 1;
          return json(201, { client_id: `client-${registered}` });
        }
        const [, number = '0'] = /client_id=client-(\d+)/.exec(body) ?? [];
        return path === '/token' && Number(number) <= known ? json(401, { error: 'invalid_client' }) : false;
      },
    });
    return { server, forget: () => (known = registered) };
  }

  it('costs one registration and one sign-in', async () => {
    const { server, forget } = await forgetful();
    const host = mcpHost(server.url);
    await host.initialize();
    forget();
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(2);
    expect(host.context.opened).toHaveLength(2);
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(host.context.opened).toHaveLength(2);
  });

  it('and sends nobody back from its page: the sign-in after that one registers again', async () => {
    let registered = 0;
    let forgotten = 0;
    const server = await fakeMcp({
      oauth: true,
      intercept: ({ path, query, body }, response) => {
        const answer = (status: number, value: unknown): true => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
          return true;
        };
        if (path === '/register') {
          registered += 1;
          return answer(201, { client_id: `client-${registered}` });
        }
        const isKnown = Number(query.get('client_id')?.replace('client-', '')) > forgotten;
        if (path === '/authorize') return isKnown ? false : answer(400, 'unknown client');
        return (
          path === '/token' && body.includes('refresh_token=') && answer(400, { error: 'invalid_grant' })
        );
      },
    });
    const host = mcpHost(server.url, { settings: { timeout: '300ms' } });
    await host.initialize();
    forgotten = registered;
    server.valid.clear();
    expect((await host.request('tools/list')).error?.data.code).toBe('MCP_SIGN_IN_TIMED_OUT');
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(server.at('/register')).toHaveLength(2);
    expect(host.context.opened).toHaveLength(3);
  });

  it('that forgets each one at once is no loop: an error, and one browser', async () => {
    const { server } = await forgetful();
    const refusing = await fakeMcp({
      oauth: true,
      intercept: canned({ '/token': { status: 401, json: { error: 'invalid_client' } } }),
    });
    const host = mcpHost(refusing.url);
    expect((await host.initialize()).error?.data.code).toBe('MCP_SIGN_IN_FAILED');
    expect(host.context.opened).toHaveLength(1);
    expect(refusing.at('/token').length).toBeLessThanOrEqual(2);
    expect(server.seen).toEqual([]);
  });
});
