import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openLoopback } from '../../src/net/loopback.ts';

const STATE = 'the-right-state-0123456789abcdef';
const REQUESTS = 100_000;
const AT_ONCE = 24;

/** One request as bytes on a socket of its own; answers its status, or 0 when the server closed without one. */
function send(port: number, bytes: string): Promise<number> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1', 0, 16);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)));
  });
}

const name = fc.constantFrom('code', 'state', 'error', 'iss', 'error_description', 'x', '');
const value = fc.oneof(
  fc.string({ maxLength: 24 }),
  fc.constantFrom(STATE.slice(1), `${STATE}x`, STATE.toUpperCase(), ''),
);
const query = fc
  .array(fc.tuple(name, value), { maxLength: 5 })
  .map((pairs) => pairs.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&'));
const request = (host: string) =>
  fc
    .record({
      method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'G ET'),
      path: fc.constantFrom(
        '/callback',
        '/callback',
        '/callback',
        '/callback/',
        '/CALLBACK',
        '/',
        '/done',
        '/%63allback',
        '//callback',
        '*',
      ),
      host: fc.constantFrom(host, host, host, 'evil.example', `${host}.evil.example`, ''),
      query,
      junk: fc.constantFrom(
        '',
        '',
        '',
        'X: y\r\n',
        'Content-Length: -1\r\n',
        'Transfer-Encoding: nonsense\r\n',
        '\u0000',
      ),
    })
    .map(
      ({ method, path, host: named, query: text, junk }) =>
        `${method} ${path}?${text} HTTP/1.1\r\nHost: ${named}\r\n${junk}Connection: close\r\n\r\n`,
    );

it('S4: a hundred thousand random callbacks end no wait, crash nothing and are never answered 2xx or 3xx', async () => {
  const loopback = await openLoopback({ port: 0, state: STATE });
  let ended = false;
  void loopback.callback.then(() => {
    ended = true;
  });
  const { host, port } = new URL(loopback.redirectUri);
  // Drawn once and sent in turn: drawing costs more than sending.
  const drawn = fc.sample(request(host), { numRuns: 5000, seed: 20261124 });
  const statuses = new Map<number, number>();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < REQUESTS) {
      const turn = next++;
      // Each is another one all the same.
      const bytes = (drawn[turn % drawn.length] ?? '').replace('?', `?n=${turn}&`);
      const status = await send(Number(port), bytes);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  expect([...statuses.keys()].filter((status) => status !== 0 && status < 400)).toEqual([]);
  expect(statuses.get(400)).toBeGreaterThan(1000);
  expect(ended).toBe(false);
  const genuine = `GET /callback?code=abc&state=${STATE} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  expect(await send(Number(port), genuine)).toBe(302);
  expect((await loopback.callback).kind).toBe('code');
  await loopback.finish('failed');
}, 120_000);
