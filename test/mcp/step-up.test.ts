import { describe, expect, it } from 'vitest';
import { type FakeMcp, type FakeMcpOptions, fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { handClock } from '../support/hand-clock.ts';
import { mcpHost, visit } from '../support/mcp-host.ts';

/** The scope a tool of the fake needs, by its name. */
const NEEDS: Readonly<Record<string, string>> = { write: 'files:write', admin: 'admin', read: 'files:read' };

const toolIn = ({ method, body }: Seen): string | undefined =>
  method === 'POST' && body.startsWith('{') ? JSON.parse(body).params?.name : undefined;

/** A server whose tools need scopes. It grants what it is asked for, or nothing more with `isStubborn`. */
async function scoped(options: FakeMcpOptions & { isStubborn?: boolean; names?: boolean } = {}) {
  const { isStubborn = false, names = true, ...rest } = options;
  const scopeOf = new Map<string, string>();
  const server: FakeMcp = await fakeMcp({
    oauth: true,
    challenge: 'scope="files:read"',
    intercept: (one, response) => {
      const needed = NEEDS[toolIn(one) ?? ''];
      const token = one.headers.authorization?.replace('Bearer ', '') ?? '';
      if (needed === undefined || !server.valid.has(token)) return false;
      // A token has the scope of the last authorization request before it.
      if (!scopeOf.has(token)) scopeOf.set(token, asked(server).at(-1) ?? '');
      if (!isStubborn && scopeOf.get(token)?.split(' ').includes(needed)) return false;
      const scope = names ? `, scope="${needed}"` : '';
      response
        .writeHead(403, { 'www-authenticate': `Bearer error="insufficient_scope"${scope}` })
        .end('{"error":"insufficient_scope"}');
      return true;
    },
    ...rest,
  });
  return server;
}

const asked = (server: FakeMcp): readonly (string | null)[] =>
  server.at('/authorize').map(({ query }) => query.get('scope'));
const call = (name: string) => ({ name, arguments: {} });

describe('a tool that needs more permissions', () => {
  it.each(['http', 'sse'] as const)(
    'asks once for the earlier and the new scopes, and the call is answered (%s)',
    async (transport) => {
      const server = await scoped({ transport });
      const host = mcpHost(server.url);
      await host.initialize();
      expect((await host.request('tools/call', call('write'))).result).toBeDefined();
      expect(asked(server)).toEqual(['files:read', 'files:read files:write']);
      expect(server.at('/register')).toHaveLength(1);
      expect(host.context.opened).toHaveLength(2);
      const posts = server.seen.filter((one) => toolIn(one) === 'write');
      expect(posts).toHaveLength(2);
      expect(posts[1]?.body).toBe(posts[0]?.body);
    },
  );

  it('keeps the scopes for a tool that comes later, and for the sign-in after a loss', async () => {
    const server = await scoped();
    const host = mcpHost(server.url);
    await host.initialize();
    await host.request('tools/call', call('write'));
    expect((await host.request('tools/call', call('admin'))).result).toBeDefined();
    expect(asked(server).at(-1)).toBe('files:read files:write admin');
    server.valid.clear();
    server.refreshable.clear();
    expect((await host.request('tools/call', call('write'))).result).toBeDefined();
    expect(asked(server).at(-1)).toBe('files:read files:write admin');
  });

  it('adds to the scopes that a person named', async () => {
    const server = await scoped();
    const host = mcpHost(server.url, { settings: { 'oauth-scope': 'mine' } });
    await host.initialize();
    await host.request('tools/call', call('write'));
    expect(asked(server)).toEqual(['mine', 'mine files:write']);
  });

  it('is not refreshed: a refresh brings no permissions', async () => {
    const server = await scoped();
    const host = mcpHost(server.url);
    await host.initialize();
    await host.request('tools/call', call('write'));
    const grants = server.at('/token').map(({ body }) => new URLSearchParams(body).get('grant_type'));
    expect(grants).toEqual(['authorization_code', 'authorization_code']);
  });

  it('leaves other calls alone while a person is at the browser', async () => {
    const server = await scoped();
    const host = mcpHost(server.url, {
      onOpen: async (page) => {
        if (host.context.opened.length === 1) await visit(page);
        return true;
      },
    });
    await host.initialize();
    const reply = host.request('tools/call', call('write'));
    await expect.poll(() => host.context.opened).toHaveLength(2);
    expect((await host.request('tools/list')).result).toBeDefined();
    expect((await host.request('tools/call', call('read'))).result).toBeDefined();
    await visit(host.context.opened[1] ?? '');
    expect((await reply).result).toBeDefined();
  });

  it('called twice at once asks once', async () => {
    const server = await scoped();
    const host = mcpHost(server.url);
    await host.initialize();
    const replies = await Promise.all([
      host.request('tools/call', call('write')),
      host.request('tools/call', call('write')),
    ]);
    expect(replies.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(asked(server)).toHaveLength(2);
  });

  it('that a person denies is answered so, and the other tools go on working', async () => {
    const server = await scoped();
    const host = mcpHost(server.url, {
      onOpen: async (page) => {
        const { searchParams, origin } = new URL(page);
        const back = new URL(searchParams.get('redirect_uri') ?? '');
        const answer = { error: 'access_denied', state: searchParams.get('state') ?? '', iss: origin };
        back.search = new URLSearchParams(answer).toString();
        await visit(host.context.opened.length === 1 ? page : back.href);
        return true;
      },
    });
    await host.initialize();
    expect((await host.request('tools/call', call('write'))).error?.data.code).toBe('MCP_SIGN_IN_DENIED');
    expect((await host.request('tools/call', call('read'))).result).toBeDefined();
    expect(host.context.opened).toHaveLength(2);
  });
});

describe('a server that always answers 403 insufficient_scope', () => {
  it.each([
    ['naming the scope', true],
    ['naming none', false],
  ])(
    'sees three authorization requests at most, then the call is answered with an error (%s)',
    async (_, names) => {
      const server = await scoped({ isStubborn: true, names });
      const host = mcpHost(server.url);
      await host.initialize();
      const { error } = await host.request('tools/call', call('write'));
      expect(error?.data.code).toBe('MCP_SCOPE_MISSING');
      expect(error?.message).toContain(new URL(server.url).host);
      expect(error?.message.includes('files:write')).toBe(names);
      expect(server.at('/authorize').length).toBeLessThanOrEqual(3);
      expect((await host.request('tools/call', call('write'))).error?.data.code).toBe('MCP_SCOPE_MISSING');
      expect(server.at('/authorize').length).toBeLessThanOrEqual(3);
      expect((await host.request('tools/list')).result).toBeDefined();
    },
  );

  it('for one tool does not keep another one from asking: attempts count per operation', async () => {
    const clock = handClock();
    const server = await scoped({ isStubborn: true });
    const host = mcpHost(server.url, { override: { clock } });
    await host.initialize();
    await host.request('tools/call', call('write'));
    clock.pass(301_000);
    await host.request('tools/call', call('write'));
    expect(server.at('/authorize')).toHaveLength(3);
    await host.request('tools/call', call('admin'));
    expect(asked(server).at(-1)).toBe('files:read files:write admin');
  });

  it('to the first request of all, too', async () => {
    const server: FakeMcp = await fakeMcp({
      oauth: true,
      intercept: ({ path, headers }, response) => {
        if (path !== '/mcp' || headers.authorization === undefined) return false;
        response.writeHead(403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="a"' }).end();
        return true;
      },
    });
    const host = mcpHost(server.url);
    expect((await host.initialize()).error?.data.code).toBe('MCP_SCOPE_MISSING');
    expect(server.at('/authorize').length).toBeLessThanOrEqual(3);
  });
});

describe('a server that moves to another sign-in server', () => {
  it('is not asked there for the scopes of the old one', async () => {
    const next: FakeMcp = await fakeMcp({ oauth: true });
    let where: FakeMcp | undefined;
    const server: FakeMcp = await fakeMcp({
      oauth: true,
      resource: (origin) => ({
        authorization_servers: [where?.origin ?? origin],
        scopes_supported: where === undefined ? ['old:read'] : ['new:read'],
      }),
      intercept: ({ headers }) => {
        const token = headers.authorization?.replace('Bearer ', '') ?? '';
        if (next.valid.has(token)) server.valid.add(token);
        return false;
      },
    });
    const host = mcpHost(server.url);
    await host.initialize();
    where = next;
    server.valid.clear();
    expect((await host.request('tools/list')).result).toBeDefined();
    expect([...asked(server), ...asked(next)]).toEqual(['old:read', 'new:read']);
  });
});

describe('a 403 that asks for nothing', () => {
  it.each([
    ['without a challenge', {}],
    ['with another error', { 'www-authenticate': 'Bearer error="access_denied"' }],
    ['with insufficient_scope of another scheme', { 'www-authenticate': 'Basic error="insufficient_scope"' }],
  ])('%s opens no browser', async (_, headers) => {
    const server = await fakeMcp({
      oauth: true,
      intercept: (one, response) => {
        if (toolIn(one) !== 'write') return false;
        response.writeHead(403, headers).end();
        return true;
      },
    });
    const host = mcpHost(server.url);
    await host.initialize();
    const { error } = await host.request('tools/call', call('write'));
    expect(error?.message).toContain('403');
    expect(host.context.opened).toHaveLength(1);
  });
});
