import { describe, expect, it } from 'vitest';
import { mcpHost } from '../support/mcp-host.ts';
import { type SessionMcpOptions, sessionMcp } from '../support/session-mcp.ts';

/** Time that passes as soon as somebody waits. */
function quickClock() {
  let now = 1_000_000;
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
    waits.push(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { waits, clock: { now: () => now, sleep } };
}

async function connected(options: SessionMcpOptions = {}, clock?: ReturnType<typeof quickClock>['clock']) {
  const server = await sessionMcp(options);
  const host = mcpHost(server.url, {
    settings: { 'start-limit': 'off' },
    ...(clock === undefined ? {} : { override: { clock } }),
  });
  await host.initialize();
  host.notify('notifications/initialized');
  const call = (name = 'echo') => host.request('tools/call', { name, arguments: {} });
  return { server, host, call };
}

describe.each([
  ['404', { status: 404, text: 'Session not found' }],
  [
    '400 about the session',
    { status: 400, text: '{"error":{"message":"Bad Request: No valid session ID"}}' },
  ],
  ['400 because nobody initialized it', { status: 400, text: 'Bad Request: Server not initialized' }],
])('%s for a known session id', (_, gone) => {
  it('leads to an initialize without session id, notifications/initialized, and the request again', async () => {
    const { server, host, call } = await connected({ gone });
    await expect.poll(() => server.streams()).toBe(1);
    server.forget();
    const before = server.methods().length;
    const reply = await call();
    expect(reply.result).toBeDefined();
    expect(server.methods().slice(before)).toEqual([
      'tools/call',
      'server/discover',
      'initialize',
      'notifications/initialized',
      'tools/call',
    ]);
    expect(server.ran).toEqual(['echo']);
    const again = server.seen.filter(({ rpc }) => rpc === 'initialize').at(-1);
    expect(again?.headers['mcp-session-id']).toBeUndefined();
    expect(host.lines().map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe('a lost session is found again', () => {
  it('every request after initialize carries the protocol version and the session id', async () => {
    const { server, host, call } = await connected();
    await call();
    server.forget();
    await call();
    host.context.endInput();
    await host.ended;
    const after = server.seen.filter(({ rpc }) => rpc !== 'server/discover' && rpc !== 'initialize');
    expect(after.map(({ http }) => http)).toContain('DELETE');
    expect(after.map(({ http }) => http)).toContain('GET');
    for (const { headers } of after) {
      expect(headers['mcp-protocol-version']).toBe('2025-11-25');
      expect(headers['mcp-session-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('calls in parallel share one re-initialization, and each is answered once', async () => {
    const { server, host, call } = await connected();
    await call();
    server.forget();
    const replies = await Promise.all(Array.from({ length: 8 }, () => call()));
    expect(replies.every(({ result }) => result !== undefined)).toBe(true);
    expect(server.count('initialize')).toBe(2);
    expect(server.ran).toHaveLength(9);
    expect(new Set(host.lines().map(({ id }) => id)).size).toBe(host.lines().length);
  });

  it.each(['http', 'sse'] as const)('after the server was restarted, over %s', async (transport) => {
    const { server, host, call } = await connected({ transport });
    await server.stop();
    await server.start();
    expect((await call()).result).toBeDefined();
    expect(server.ran).toEqual(['echo']);
    expect(host.lines().map(({ id }) => id)).toEqual([1, 2]);
  });

  it('a call that comes while the server is down waits until it is back', async () => {
    const { server, call } = await connected();
    await server.stop();
    const answered = Promise.all([call(), call()]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.start();
    expect((await answered).every(({ result }) => result !== undefined)).toBe(true);
    expect(server.count('initialize')).toBe(2);
  });

  it('a server that stays down is named in an error, and a later call finds it again', async () => {
    const { waits, clock } = quickClock();
    const { server, host, call } = await connected({}, clock);
    await server.stop();
    const { error } = await call();
    expect(error?.data.code).toBe('MCP_UNREACHABLE');
    expect(error?.message).toContain(`127.0.0.1:${new URL(server.url).port} refused the connection`);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(8001);
    await server.start();
    expect((await call()).result).toBeDefined();
    expect(host.lines()).toHaveLength(3);
  });

  it('a server that forgets each session at once costs one re-initialization a call, and an error', async () => {
    const { server, call } = await connected({ isForgetful: true });
    const { error } = await call();
    expect(error?.data.code).toBe('MCP_LOST');
    expect(error?.message).toContain('did not run the request');
    expect(server.count('initialize')).toBe(2);
    expect(server.ran).toEqual([]);
  });

  it('what is still being answered on the old session comes to its end', async () => {
    let release: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { server, call } = await connected({ slow });
    const first = call('slow');
    await expect.poll(() => server.ran).toEqual(['slow']);
    server.forget();
    expect((await call()).result).toBeDefined();
    release();
    expect((await first).result).toBeDefined();
  });

  it('the log level and the subscriptions of the host are set up again', async () => {
    const { server, host, call } = await connected();
    await host.request('logging/setLevel', { level: 'debug' });
    await host.request('resources/subscribe', { uri: 'file:///a' });
    server.forget();
    await call();
    const bodies = (rpc: string) => server.seen.filter((one) => one.rpc === rpc).map(({ body }) => body);
    expect(bodies('logging/setLevel')).toHaveLength(2);
    expect(bodies('resources/subscribe').at(-1)).toContain('file:///a');
    expect(bodies('resources/subscribe')).toHaveLength(2);
  });
});

describe('a call that the server may have run', () => {
  it.each(['http', 'sse'] as const)('is answered with an error that says so, over %s', async (transport) => {
    const { server, host, call } = await connected({ transport, slow: new Promise(() => undefined) });
    const inFlight = [call('slow'), call('slow')];
    await expect.poll(() => server.ran).toHaveLength(2);
    await server.stop();
    for (const { error } of await Promise.all(inFlight)) {
      expect(error?.data).toEqual({
        code: 'MCP_LOST',
        hint: expect.stringContaining('before you try again'),
      });
      expect(error?.message).toContain('may have run the request');
      expect(error?.message).toContain('127.0.0.1');
    }
    await server.start();
    expect((await call()).result).toBeDefined();
    expect(server.ran).toEqual(['slow', 'slow', 'echo']);
    expect(host.lines()).toHaveLength(4);
  });
});

describe('the stream of the server’s messages', () => {
  it.each(['http', 'sse'] as const)(
    'closed while idle, with the session, costs no call, over %s',
    async (transport) => {
      const { server, host, call } = await connected({ transport });
      await expect.poll(() => server.streams()).toBe(1);
      server.closeStreams();
      server.forget();
      await expect.poll(() => server.streams()).toBe(0);
      expect((await call()).result).toBeDefined();
      expect(server.ran).toEqual(['echo']);
      await expect.poll(() => server.streams()).toBe(1);
      server.push({ method: 'notifications/tools/list_changed' });
      await expect
        .poll(() => host.lines().some(({ method }) => method === 'notifications/tools/list_changed'))
        .toBe(true);
    },
  );

  it.each([404, 405, 401, 500])(
    'that cannot be opened (%i) is no reason to ask again and again',
    async (stream) => {
      const { clock } = quickClock();
      const { server, call } = await connected({ stream }, clock);
      for (let turn = 0; turn < 5; turn += 1) expect((await call()).result).toBeDefined();
      const gets = server.seen.filter(({ headers }) => headers.accept === 'text/event-stream').length;
      expect(gets).toBeLessThan(stream === 404 ? 8 : 4);
      expect(server.ran).toHaveLength(5);
    },
  );

  it('that ends at once is opened again after longer and longer pauses', async () => {
    const { clock, waits } = quickClock();
    const { server, call } = await connected({ stream: 'closed' }, clock);
    await expect.poll(() => waits.length, { timeout: 15_000 }).toBeGreaterThan(3);
    expect(waits.every((ms, turn) => ms > 0 && ms >= (waits[turn - 1] ?? 0))).toBe(true);
    expect((await call()).result).toBeDefined();
    expect(server.count('initialize')).toBe(1);
  });
});
