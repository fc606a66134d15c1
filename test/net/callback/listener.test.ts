import { once } from 'node:events';
import { request as open } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openHandOffListener } from '../../../src/net/callback/hand-off-listener.ts';
import { openOAuthListener } from '../../../src/net/callback/oauth-listener.ts';

const STATE = 'the-right-state-0123456789abcdef';
const MOST_SOCKETS = 64;

interface Opened {
  readonly port: number;
  close(outcome: 'signed-in' | 'failed'): Promise<void>;
}

interface Kind {
  readonly what: string;
  readonly host: string;
  readonly addresses: readonly string[];
  readonly genuine: string;
  open(): Promise<Opened>;
}

const KINDS: readonly Kind[] = [
  {
    what: 'an OAuth callback on 127.0.0.1',
    host: '127.0.0.1',
    addresses: ['127.0.0.1'],
    genuine: `/callback?code=abc&state=${STATE}`,
    open: async () => {
      const { redirectUri, close } = await openOAuthListener({ port: 0, state: STATE });
      return { port: Number(new URL(redirectUri).port), close };
    },
  },
  {
    what: 'an OAuth callback on localhost',
    host: 'localhost',
    addresses: ['127.0.0.1', '::1'],
    genuine: `/callback?code=abc&state=${STATE}`,
    open: async () => {
      const { redirectUri, close } = await openOAuthListener({ port: 0, state: STATE, families: 'both' });
      expect(redirectUri).toMatch(/^http:\/\/localhost:\d+\/callback$/);
      return { port: Number(new URL(redirectUri).port), close };
    },
  },
  {
    what: 'a hand-off on localhost',
    host: 'localhost',
    addresses: ['127.0.0.1', '::1'],
    genuine: '/auth?token=abc',
    open: () => openHandOffListener(0, { isHandOff: (token) => token === 'abc', take: async () => true }),
  },
];

let listener: Opened | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener?.close('failed');
  listener = undefined;
});

/** Opens sockets that send `text` and nothing after it, spread over all addresses. */
async function idle({ addresses }: Kind, port: number, count: number, text = ''): Promise<readonly Socket[]> {
  const opened = Array.from({ length: count }, async (_, i) => {
    const socket = connect(port, addresses[i % addresses.length]).on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return socket.resume();
  });
  return Promise.all(opened);
}

const isOpen = (socket: Socket): boolean => !socket.closed && !socket.readableEnded;

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

function call(port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    open({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe.each(KINDS)('the listener for $what', (kind) => {
  const start = async (): Promise<{ port: number; headers: Record<string, string> }> => {
    listener = await kind.open();
    return { port: listener.port, headers: { host: `${kind.host}:${listener.port}` } };
  };

  it('keeps only the newest 64 of 500 idle sockets, and still accepts the genuine call', async () => {
    const { port, headers } = await start();
    const opened = await idle(kind, port, 500);
    await expect.poll(() => opened.filter(isOpen).length).toBe(MOST_SOCKETS);
    expect((await call(port, kind.genuine, headers)).status).toBe(302);
    await expect.poll(() => opened.filter(isOpen).length).toBeLessThan(MOST_SOCKETS);
  });

  it('keeps to the limit when sockets stall in the middle of a request', async () => {
    const { port, headers } = await start();
    const opened = await idle(kind, port, 200, `GET ${kind.genuine.slice(0, 6)}`);
    await expect.poll(() => opened.filter(isOpen).length).toBeLessThanOrEqual(MOST_SOCKETS);
    expect((await call(port, kind.genuine, headers)).status).toBe(302);
  });

  it('keeps the waiting page of the genuine call while other requests fill the listener', async () => {
    const { port, headers } = await start();
    expect(await call(port, kind.genuine, headers)).toMatchObject({ status: 302, location: '/done' });
    const page = call(port, '/done', headers);
    await idle(kind, port, 10);
    const pages = `GET /done HTTP/1.1\r\nHost: ${headers['host']}\r\n\r\n`;
    const opened = await idle(kind, port, 200, pages);
    await expect.poll(() => opened.filter(isOpen).length).toBeLessThanOrEqual(MOST_SOCKETS);
    await listener?.close('signed-in');
    expect((await page).body).toContain('You are signed in');
  });

  it('S9: closes every connection on close, also in the middle of a request', async () => {
    const { port, headers } = await start();
    const opened = [...(await idle(kind, port, 10)), ...(await idle(kind, port, 10, 'GET /x'))];
    await listener?.close('failed');
    await expect.poll(() => opened.some(isOpen)).toBe(false);
    await expect(call(port, kind.genuine, headers)).rejects.toThrow();
  });

  it('answers only a GET of its exact path under its own name, and keeps waiting', async () => {
    const { port, headers } = await start();
    const [path = '', query] = kind.genuine.split('?');
    for (const other of ['/', '/favicon.ico', `${path}/`, `/x/..${path}`, `/%63${path}`, path.toUpperCase()])
      expect((await call(port, `${other}?${query}`, headers)).status, other).toBe(404);
    for (const method of ['POST', 'PUT', 'HEAD', 'DELETE'])
      expect((await call(port, kind.genuine, headers, method)).status, method).toBe(405);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      kind.host,
      `${kind.host}.evil.example:${port}`,
    ])
      expect((await call(port, kind.genuine, { host })).status, host).toBe(400);
    expect((await call(port, path, headers)).status).toBe(400);
    expect((await call(port, '/done', headers)).status).toBe(404);
    expect((await call(port, kind.genuine, headers)).status).toBe(302);
    expect((await call(port, kind.genuine, headers)).status).toBe(410);
  });
});
