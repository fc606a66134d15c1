import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../../../src/net/limits.ts';
import { createStreamingFetch, type StreamingFetchOptions } from '../../../src/net/stream/fetch.ts';
import { badNetwork } from '../../support/bad-network.ts';
import { type FakePlatform, fakePlatform } from '../../support/platform.ts';
import { tunnelProxy } from '../../support/tunnel-proxy.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A `fetch` for one test, closed after it. */
function fetching(options: Partial<StreamingFetchOptions> = {}) {
  const owner = new AbortController();
  onTestFinished(() => owner.abort());
  const defaults = {
    env: {},
    ca: () => undefined,
    limits: LIMITS,
    userAgent: 'test/1',
    signal: owner.signal,
  };
  return { owner, fetch: createStreamingFetch({ ...defaults, ...options }) };
}

interface Way {
  readonly name: string;
  open(
    handler: Handler,
    options?: Partial<StreamingFetchOptions>,
  ): Promise<ReturnType<typeof fetching> & { readonly platform: FakePlatform; readonly url: string }>;
}

const WAYS: readonly Way[] = [
  {
    name: 'directly',
    open: async (handler, options) => {
      const platform = await fakePlatform(handler);
      return { platform, url: `${platform.origin}/mcp`, ...fetching(options) };
    },
  },
  {
    name: 'through a proxy',
    open: async (handler, options) => {
      const platform = await fakePlatform(handler);
      const env = { HTTP_PROXY: await tunnelProxy(platform.port) };
      return { platform, url: 'http://mcp.example/mcp', ...fetching({ env, ...options }) };
    },
  },
];

/** Responds with an open event stream. @returns the handler, and a function that sends one event. */
function events() {
  let stream: ServerResponse | undefined;
  const handler: Handler = (_request, response) => {
    stream = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  };
  return {
    handler,
    send: (data: string) => void stream?.write(`data: ${data}\n\n`),
    end: () => void stream?.end(),
    breakOff: () => void stream?.destroy(),
  };
}

const text = (chunk: { readonly value?: Uint8Array | undefined }): string =>
  Buffer.from(chunk.value ?? []).toString('utf8');

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error('the answer has no body');
  return response.body.getReader();
}

describe.each(WAYS)('a streaming fetch, $name', ({ open }) => {
  it('passes each event of a stream on before the next one is sent', async () => {
    const server = events();
    const { fetch, url } = await open(server.handler);
    const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect([response.status, response.headers.get('content-type'), response.url]).toEqual([
      200,
      'text/event-stream',
      url,
    ]);
    const reader = readerOf(response);
    for (const data of ['one', 'two', 'three']) {
      server.send(data);
      expect(text(await reader.read())).toBe(`data: ${data}\n\n`);
    }
    server.end();
    expect((await reader.read()).done).toBe(true);
  });

  it('waits for a silent stream longer than any limit for commands', async () => {
    const server = events();
    const limits = { ...LIMITS, exchangeMs: 20, idleMs: 20, stallMs: 20 };
    const { fetch, url } = await open(server.handler, { limits });
    const reader = readerOf(await fetch(url));
    const next = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.send('late');
    expect(text(await next)).toBe('data: late\n\n');
  });

  it('closes the connection when its signal is aborted, before a response and in the middle of one', async () => {
    const server = events();
    const { fetch, url, platform } = await open((request, response) => {
      if (request.url === '/never') return;
      server.handler(request, response);
    });
    const reason = new Error('no longer wanted');
    const first = new AbortController();
    const unanswered = fetch(new URL('/never', url), { signal: first.signal });
    await expect.poll(platform.requests).toBe(1);
    first.abort(reason);
    await expect(unanswered).rejects.toBe(reason);
    await platform.closed();

    const second = new AbortController();
    const reader = readerOf(await fetch(url, { signal: second.signal }));
    server.send('one');
    await reader.read();
    const next = reader.read();
    second.abort(reason);
    await expect(next).rejects.toBe(reason);
    await platform.closed();
    await expect(fetch(url, { signal: second.signal })).rejects.toBe(reason);
    expect(platform.requests()).toBe(2);
  });

  it('closes the connection when its reader cancels', async () => {
    const server = events();
    const { fetch, url, platform } = await open(server.handler);
    const reader = readerOf(await fetch(url));
    server.send('one');
    await reader.read();
    await reader.cancel();
    await platform.closed();
  });

  it('ends with its owner: every request fails with the owner’s reason, and every connection closes', async () => {
    const server = events();
    const { fetch, url, platform, owner } = await open((request, response) => {
      if (request.url === '/never') return;
      server.handler(request, response);
    });
    const reader = readerOf(await fetch(url));
    const unanswered = fetch(new URL('/never', url));
    await expect.poll(platform.requests).toBe(2);
    const ends = Promise.allSettled([reader.read(), unanswered]);
    const reason = new Error('told to stop');
    owner.abort(reason);
    expect(await ends).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await platform.closed();
    await expect(fetch(url)).rejects.toBe(reason);
  });

  it('sends method, headers and body with our framing, and reads repeated cookies separately', async () => {
    const { fetch, url } = await open((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.setHeader('set-cookie', ['a=1; Path=/', 'b=2, still b']);
        response.setHeader('x-list', ['one', 'two']);
        response.end(JSON.stringify({ method: request.method, headers: request.headers, body }));
      });
    });
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'mcp-session-id': 's-1',
        host: 'evil.example',
        'transfer-encoding': 'chunked',
      },
      body: JSON.stringify({ text: 'Grüße' }),
    });
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2, still b']);
    expect(response.headers.get('x-list')).toBe('one, two');
    const seen = (await response.json()) as { method: string; body: string; headers: Record<string, string> };
    expect(seen).toMatchObject({ method: 'POST', body: '{"text":"Grüße"}' });
    expect(seen.headers).toMatchObject({
      host: new URL(url).host,
      'content-type': 'application/json',
      'content-length': '18',
      'mcp-session-id': 's-1',
      'user-agent': 'test/1',
    });
    expect(seen.headers).not.toHaveProperty('transfer-encoding');
    expect(seen.headers).not.toHaveProperty('accept-encoding');
  });

  it('takes forms, bytes and a Request, as fetch does', async () => {
    const { fetch, url } = await open((request, response) => {
      response.setHeader('content-type', request.headers['content-type'] ?? 'none');
      request.pipe(response);
    });
    const form = await fetch(url, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
    expect([form.headers.get('content-type'), await form.text()]).toEqual([
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=b+c',
    ]);
    const bytes = await fetch(new Request(url, { method: 'PUT', body: new Uint8Array([1, 2, 3]) }));
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([1, 2, 3]);
  });

  it.each([
    ['GET', 204],
    ['GET', 304],
    ['DELETE', 204],
    ['HEAD', 200],
  ])(
    'returns a %s response with status %i without a body, and reuses the connection',
    async (method, status) => {
      const { fetch, url, platform } = await open((_request, response) => {
        response
          .writeHead(status, { 'x-mark': 'here', ...(status === 200 ? { 'content-length': '5' } : {}) })
          .end();
      });
      for (let i = 0; i < 3; i += 1) {
        const response = await fetch(url, { method });
        expect([response.status, response.body, response.headers.get('x-mark')]).toEqual([
          status,
          null,
          'here',
        ]);
        expect(await response.text()).toBe('');
      }
      expect(platform.requests()).toBe(3);
      // undici closes the connection of every HEAD.
      if (method !== 'HEAD') expect(platform.connections()).toBeLessThan(3);
    },
  );

  it('does not wait for a body where none is allowed', async () => {
    const { fetch, url, platform } = await open((_request, response) => {
      response.writeHead(205).write('x');
    });
    expect((await fetch(url)).status).toBe(205);
    await platform.closed();
  });

  it('reads more than the limit for commands, and no more than the caller allows', async () => {
    const handler: Handler = (_request, response) => void response.end(Buffer.alloc(3_000_000, 'x'));
    const free = await open(handler);
    expect((await (await free.fetch(free.url)).arrayBuffer()).byteLength).toBe(3_000_000);
    const limited = await open(handler, { maxBytes: 1_000_000 });
    const response = await limited.fetch(limited.url);
    await expect(response.text()).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    await limited.platform.closed();
  });

  it('slows the server down to its reader’s pace', async () => {
    let sent = 0;
    const { fetch, url } = await open((_request, response) => {
      const more = (): void => {
        while (sent < 1000 && response.write(Buffer.alloc(1_048_576))) sent += 1;
        sent += 1;
        if (sent < 1000) response.once('drain', more);
      };
      more();
    });
    const reader = readerOf(await fetch(url));
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sent).toBeLessThan(50);
    await reader.cancel();
  });

  it('reports UNREACHABLE when a response is cut off', async () => {
    const server = events();
    const { fetch, url } = await open(server.handler);
    const reader = readerOf(await fetch(url));
    server.send('one');
    await reader.read();
    const next = reader.read();
    server.breakOff();
    await expect(next).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('closed the connection'),
    });
  });

  it('returns a redirect unchanged, unless asked to follow it', async () => {
    const { fetch, url } = await open((request, response) => {
      if (request.url === '/mcp') return void response.writeHead(307, { location: '/mcp/' }).end();
      if (request.url === '/away')
        return void response.writeHead(302, { location: 'http://other.example/' }).end();
      if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
      if (request.url === '/form') return void response.writeHead(303, { location: '/mcp/' }).end();
      request.pipe(response.writeHead(200, { 'x-method': request.method }));
    });
    const post = { method: 'POST', body: '{}' };
    expect((await fetch(url, post)).status).toBe(307);
    const followed = await fetch(url, { ...post, redirect: 'follow' });
    expect([followed.url, followed.headers.get('x-method'), await followed.text()]).toEqual([
      `${url}/`,
      'POST',
      '{}',
    ]);
    const form = await fetch(new URL('/form', url), { ...post, redirect: 'follow' });
    expect([form.url, form.headers.get('x-method'), await form.text()]).toEqual([`${url}/`, 'GET', '']);
    const away = await fetch(new URL('/away', url), { redirect: 'follow' });
    expect([away.status, away.headers.get('location')]).toEqual([302, 'http://other.example/']);
    await expect(fetch(new URL('/loop', url), { redirect: 'follow' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('redirected 5 times'),
    });
  });
});

describe('a streaming fetch without a response', () => {
  const closedPort = async (): Promise<string> => {
    const server: Server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  };

  it('names the server that refused the connection, as every other request does', async () => {
    const origin = await closedPort();
    await expect(fetching().fetch(`${origin}/x`)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      exit: 'unreachable',
      message: `${origin} refused the connection.`,
    });
  });

  it('names the proxy that does not answer in time', async () => {
    const network = await badNetwork('never answers');
    const env = { HTTP_PROXY: `http://${network.host}` };
    const { fetch } = fetching({ env, limits: { ...LIMITS, connectMs: 100 } });
    await expect(fetch('http://mcp.example/')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`The proxy ${network.host} (HTTP_PROXY) did not answer within 0.1 s`),
    });
  });

  it('reports UNREACHABLE when a server hangs up', async () => {
    const network = await badNetwork('closes');
    await expect(fetching().fetch(`http://${network.host}/`)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('rejects an invalid proxy, and URLs that are not http or https', async () => {
    const { fetch } = fetching({ env: { HTTPS_PROXY: 'socks5://127.0.0.1:1' } });
    await expect(fetch('https://mcp.example/')).rejects.toMatchObject({
      code: 'PROXY_INVALID',
      exit: 'config',
    });
    await expect(fetch('file:///etc/passwd')).rejects.toThrow(TypeError);
    await expect(fetch('https://ada:secret@mcp.example/')).rejects.toThrow(TypeError);
  });
});
