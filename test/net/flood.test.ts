import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openOAuthListener } from '../../src/net/callback/oauth-listener.ts';
import { signInByHandOff } from '../../src/sign-in/hand-off.ts';
import { testContext } from '../support/context.ts';
import { flood, send } from '../support/flood.ts';

/** CODEMIE_SOAK_REQUESTS=100000 sends that many. */
const REQUESTS = Number(process.env['CODEMIE_SOAK_REQUESTS'] ?? 5000);
const STATE = 'the-right-state-0123456789abcdef';

/** Queries with these names and values, in any number and order. */
const queryOf = (names: readonly string[], values: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(fc.constantFrom(...names), fc.oneof(fc.string({ maxLength: 24 }), fc.constantFrom(...values))),
      { maxLength: 5 },
    )
    .map((pairs) => pairs.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&'));

function expectRefused(statuses: ReadonlyMap<number, number>): void {
  expect([...statuses.values()].reduce((sum, times) => sum + times, 0)).toBe(REQUESTS);
  expect([...statuses.keys()].filter((status) => status !== 0 && status < 400)).toEqual([]);
  // If the listener dropped every connection, the test would prove nothing.
  for (const status of [400, 404, 405]) expect(statuses.get(status)).toBeGreaterThan(REQUESTS / 100);
}

it('S4: thousands of random callbacks never end the wait, crash the listener or get a 2xx or 3xx', async () => {
  const loopback = await openOAuthListener({ port: 0, state: STATE });
  let ended = false;
  void loopback.callback.then(() => {
    ended = true;
  });
  const { host, port } = new URL(loopback.redirectUri);
  const stranger = {
    host,
    paths: [
      ...['/callback', '/callback', '/callback', '/callback/', '/CALLBACK'],
      ...['/', '/done', '/%63allback', '//callback', '*'],
    ],
    query: queryOf(
      ['code', 'state', 'error', 'iss', 'error_description', 'x', ''],
      [STATE.slice(1), `${STATE}x`, STATE.toUpperCase(), ''],
    ),
  };
  expectRefused(await flood(Number(port), stranger, REQUESTS));
  expect(ended).toBe(false);
  const genuine = `GET /callback?code=abc&state=${STATE} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  expect(await send(Number(port), genuine)).toBe(302);
  expect((await loopback.callback).kind).toBe('code');
  await loopback.close('failed');
}, 120_000);

const inBase64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

it('thousands of random hand-offs never end the wait or give a session; the genuine one still does', async () => {
  // The platform accepts every session it is asked about.
  const http = async () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    setCookie: [],
    body: Buffer.from('{"user_id":"ada","email":"ada@example.com"}'),
  });
  const context = testContext({ override: { http } });
  let ended = false;
  const route = { openBrowser: false, callbackPort: 0, timeoutMs: 100_000, as: 'ada@example.com' };
  const place = { origin: 'https://platform.example', apiBase: 'https://platform.example/api' };
  const signIn = signInByHandOff(context, place, route).finally(() => {
    ended = true;
  });
  signIn.catch(() => undefined);
  await expect.poll(() => context.out.stderr).toMatch(/login\/\d+\n/);
  const port = Number(/login\/(\d+)/.exec(context.out.stderr)?.[1]);
  const genuine = inBase64({
    provider: 'x',
    cookies: { _oauth2_proxy: `abc|${Math.floor(Date.now() / 1000)}|sig` },
  });
  const stranger = {
    host: `localhost:${port}`,
    paths: ['/auth', '/auth', '/auth', '/auth/', '/AUTH', '/', '/done', '/%61uth', '//auth', '*'],
    query: queryOf(
      ['token', 'token', 'token', 'Token', 'code', 'error', ''],
      [
        '',
        genuine.slice(0, -12),
        genuine.slice(3),
        [...genuine].reverse().join(''),
        ...[null, [], 'provider', { Cookies: {} }, { token: genuine }].map(inBase64),
      ],
    ),
  };
  expectRefused(await flood(port, stranger, REQUESTS));
  expect(ended).toBe(false);
  const request = `GET /auth?token=${genuine} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`;
  expect(await send(port, request)).toBe(302);
  expect(Object.keys((await signIn).credential.cookies)).toEqual(['_oauth2_proxy']);
}, 120_000);
