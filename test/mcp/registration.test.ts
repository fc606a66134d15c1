import { describe, expect, it } from 'vitest';
import { registration } from '../../src/mcp/auth/register.ts';
import type { McpError } from '../../src/mcp/errors.ts';
import { type Canned, canned } from '../support/canned.ts';
import { type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { type McpHostOptions, mcpHost } from '../support/mcp-host.ts';

async function signIn(options: FakeMcpOptions, hostOptions: McpHostOptions = {}) {
  const server = await fakeMcp({ oauth: true, ...options });
  const host = mcpHost(server.url, hostOptions);
  const began = performance.now();
  const reply = await host.initialize();
  return { server, host, reply, ms: performance.now() - began };
}

const bodies = (seen: readonly Seen[]): readonly Record<string, unknown>[] =>
  seen.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const LONG = `Ask your admin. \u001b[31m${'x'.repeat(900)}`;

describe('a registration that is refused', () => {
  it.each<[string, FakeMcpOptions, string]>([
    [
      'no registration endpoint',
      { metadata: { registration_endpoint: undefined } },
      'does not let programs register themselves. It needs a client that was registered by hand',
    ],
    [
      'status 403',
      {
        intercept: canned({
          '/register': { status: 403, json: { error: 'access_denied', error_description: LONG } },
        }),
      },
      'status 403: access_denied: Ask your admin.',
    ],
    [
      'status 429',
      {
        intercept: canned({
          '/register': { status: 429, headers: { 'retry-after': '120' }, json: { error: 'slow_down' } },
        }),
      },
      'status 429: slow_down',
    ],
  ])(
    '%s: an error within 5 seconds that says why and names --client-id, and no browser',
    async (_, options, said) => {
      const { reply, host, ms } = await signIn(options);
      expect(ms).toBeLessThan(5000);
      expect(reply.error?.data.code).toBe('MCP_REGISTRATION_REFUSED');
      expect(reply.error?.message).toContain(said);
      expect(reply.error?.message).not.toContain('\u001b');
      expect(reply.error?.message).not.toContain('x'.repeat(300));
      expect(reply.error?.data.hint).toContain('--client-id');
      expect(host.context.opened).toEqual([]);
      expect((await host.request('ping')).error ?? reply.error).toBeDefined();
    },
  );

  it('429 says when to try again, and nothing is registered before', async () => {
    const { reply, host, server } = await signIn({
      intercept: canned({ '/register': { status: 429, headers: { 'retry-after': '120' } } }),
    });
    expect(reply.error?.message).toMatch(/It takes registrations again in 2 min \(\d{4}-\d\d-\d\d \d\d:\d\d/);
    expect((await host.initialize()).error?.message).toMatch(/again in 2 min/);
    expect(server.at('/register')).toHaveLength(1);
  });

  it.each([
    ['seconds', '90', 90_000],
    ['a date', new Date(1_000_060_000).toUTCString(), 60_000],
  ])('a Retry-After of %s ends, and then it registers', async (_, after, ms) => {
    let now = 1_000_000_000;
    const answers = [new Response(null, { status: 429, headers: { 'retry-after': after } })];
    const register = registration({
      ask: async () => answers.shift() ?? Response.json({ client_id: 'c' }, { status: 201 }),
      clock: { now: () => now },
      log: () => undefined,
    });
    const url = new URL('https://as.example/register');
    const attempt = () => register(url, { body: '{"redirect_uris":[]}' });
    await expect(attempt()).rejects.toThrow('status 429');
    now += ms - 1000;
    await expect(attempt()).rejects.toThrow('status 429');
    now += 1000;
    expect((await attempt()).ok).toBe(true);
  });

  it.each(['', 'soon', '-5'])('a Retry-After of "%s" closes nothing', async (after) => {
    let asked = 0;
    const register = registration({
      ask: async () => {
        asked += 1;
        return new Response(null, { status: 429, headers: { 'retry-after': after } });
      },
      clock: { now: () => 1_800_000_000_000 },
      log: () => undefined,
    });
    const url = new URL('https://as.example/register');
    for (const _ of [1, 2])
      await expect(register(url, { body: '{}' })).rejects.toMatchObject({
        hint: expect.stringMatching(/^Register a client/),
      } satisfies Partial<Record<keyof McpError, unknown>>);
    expect(asked).toBe(2);
  });
});

describe('a registration whose scope is refused', () => {
  it('is made once more without the scope, and the authorization request has it', async () => {
    const { reply, server, host } = await signIn({
      challenge: 'scope="files:read"',
      intercept: ({ path, body }, response) => {
        if (path !== '/register' || !body.includes('files:read')) return false;
        response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"insufficient_scope"}');
        return true;
      },
    });
    expect(reply.result).toBeDefined();
    expect(bodies(server.at('/register')).map((body) => body['scope'])).toEqual(['files:read', undefined]);
    expect(server.at('/authorize')[0]?.query.get('scope')).toBe('files:read');
    expect(host.context.opened).toHaveLength(1);
  });

  it('is an error when it is refused without the scope, too', async () => {
    const { reply, server } = await signIn({
      challenge: 'scope="files:read"',
      intercept: canned({ '/register': { status: 403, json: { error: 'access_denied' } } }),
    });
    expect(reply.error?.message).toContain('status 403: access_denied');
    expect(server.at('/register')).toHaveLength(2);
  });
});

describe('a registration that is answered in its own way', () => {
  const registered = (answer: Record<string, unknown>, status = 201): Canned => ({ status, json: answer });

  it.each<[string, Canned]>([
    ['with 200 instead of 201', registered({ client_id: 'c-1' }, 200)],
    ['without the members that were sent', registered({ client_id: 'c-1' })],
    ['with members that are null', registered({ client_id: 'c-1', client_secret: null, scope: null })],
    ['with a secret that never ends', registered({ client_id: 'c-1', client_secret_expires_at: 0 })],
  ])('is accepted %s', async (_, answer) => {
    const { reply, server } = await signIn({ intercept: canned({ '/register': answer }) });
    expect(reply.result).toBeDefined();
    expect(server.at('/authorize')[0]?.query.get('client_id')).toBe('c-1');
  });

  it.each<[string, Canned]>([
    ['a page', { html: '<p>Welcome</p>' }],
    ['an object without an id', { json: {} }],
  ])('is an error when it is %s', async (_, answer) => {
    const { reply, host } = await signIn({ intercept: canned({ '/register': answer }) });
    expect(reply.error?.data.code).toBe('MCP_REGISTRATION_REFUSED');
    expect(reply.error?.message).toContain('status 200');
    expect(JSON.stringify(reply)).not.toContain('<');
    expect(host.context.opened).toEqual([]);
  });

  it.each<[string, readonly string[] | undefined, 'basic' | 'post' | 'neither']>([
    ['in the body where the metadata allows that alone', ['client_secret_post'], 'post'],
    ['with Basic where the metadata allows both', ['client_secret_post', 'client_secret_basic'], 'basic'],
    ['with Basic where the metadata says nothing', undefined, 'basic'],
    ['not at all where the metadata allows none alone', ['none'], 'neither'],
  ])('a client_secret although none was asked for is used %s', async (_, methods, way) => {
    const answer = { client_id: 'c-1', client_secret: 's-1', token_endpoint_auth_method: 'none' };
    const { reply, server } = await signIn({
      metadata: { token_endpoint_auth_methods_supported: methods },
      intercept: canned({ '/register': registered(answer) }),
    });
    expect(reply.result).toBeDefined();
    const [sent] = server.at('/token');
    const form = new URLSearchParams(sent?.body);
    const header = sent?.headers.authorization;
    expect(header).toBe(way === 'basic' ? `Basic ${btoa('c-1:s-1')}` : undefined);
    expect(form.get('client_secret')).toBe(way === 'post' ? 's-1' : null);
    expect(form.get('client_id')).toBe(way === 'basic' ? null : 'c-1');
  });
});

describe('what a registration says', () => {
  it('the redirect URI is a loopback port that already accepts connections, and the program is a native one', async () => {
    const reached: string[] = [];
    const { server } = await signIn({
      intercept: ({ path, body }) => {
        if (path !== '/register') return false;
        const [back = ''] = (JSON.parse(body) as { redirect_uris: string[] }).redirect_uris;
        void fetch(back).then(
          () => reached.push(back),
          () => undefined,
        );
        return false;
      },
    });
    const [body] = bodies(server.at('/register'));
    expect(body).toMatchObject({
      client_name: 'CodeMie CLI',
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    });
    await expect.poll(() => reached).toEqual(body?.['redirect_uris']);
  });

  it.each([
    [undefined, 'none'],
    [['none', 'client_secret_basic'], 'none'],
    [['client_secret_post', 'client_secret_basic'], 'client_secret_basic'],
    [['client_secret_post'], 'client_secret_post'],
    [['private_key_jwt'], 'none'],
  ])('where the metadata has the methods %s, it asks for %s', async (methods, asked) => {
    const { server } = await signIn({ metadata: { token_endpoint_auth_methods_supported: methods } });
    expect(bodies(server.at('/register'))[0]?.['token_endpoint_auth_method']).toBe(asked);
  });

  it('is said again by each process that keeps nothing', async () => {
    const server = await fakeMcp({ oauth: true });
    await mcpHost(server.url).initialize();
    await mcpHost(server.url).initialize();
    expect(server.at('/register')).toHaveLength(2);
  });
});
