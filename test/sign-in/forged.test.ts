import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { fakeProvider } from '../support/fake-provider.ts';
import { addressIn, byBrowser, machine } from './support.ts';

/** Everything a socket received, or '' if it was closed without a response. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer)).on('error', () => undefined);
  });
}

const http = (port: number, line: string, host = `127.0.0.1:${port}`): string =>
  `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

/** A sign-in that waits for the browser's answer. */
async function waiting() {
  const provider = await fakeProvider();
  const context = machine({ onOpen: () => true });
  const login = byBrowser(context, provider);
  const address = await addressIn(context);
  const state = address.searchParams.get('state') ?? '';
  const port = Number(new URL(address.searchParams.get('redirect_uri') ?? '').port);
  return { provider, context, login, address, state, port };
}

it('300 forged callbacks get no 2xx and do not end the wait; the real one completes the sign-in', async () => {
  const { provider, login, address, state, port } = await waiting();
  const started = Date.now();

  const halfOpen: Socket[] = [];
  onTestFinished(() => halfOpen.forEach((socket) => void socket.destroy()));
  const kinds: readonly ((i: number) => Promise<string> | undefined)[] = [
    (i) => raw(port, http(port, `GET /callback?code=x${i}&state=${state.slice(0, -1)}${i % 10}x`)),
    (i) => raw(port, http(port, `GET /callback?error=access_denied&error_description=${i}`)),
    (i) => raw(port, http(port, `GET /callback?code=x${i}&state=${state}`, `evil${i}.example:${port}`)),
    (i) => raw(port, http(port, `POST /callback?code=x${i}&state=${state}`)),
    (i) => raw(port, http(port, `GET /callback?code=x${i}&code=y&state=${state}`)),
    (i) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      if (i % 2 === 0) socket.write('GET /callback?code=abc&state=');
      halfOpen.push(socket);
      return undefined;
    },
  ];
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, i) => kinds[i % kinds.length]?.(i)).filter((work) => work !== undefined),
  );
  const statuses = answers.map((answer) => /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'closed');
  expect(statuses).toHaveLength(250);
  // Many connections may push out the oldest ones, but none of them succeeds.
  expect(new Set(statuses.filter((status) => status !== 'closed'))).toEqual(new Set(['400', '405']));
  expect(statuses.filter((status) => status !== 'closed').length).toBeGreaterThan(200);

  await fetch(address);
  await expect(login).resolves.toMatchObject({ kind: 'oidc' });
  expect(provider.count('/realm/token')).toBe(1);
  expect(Date.now() - started).toBeLessThan(8000);
  await expect.poll(() => halfOpen.every((socket) => socket.closed)).toBe(true);
});

it('malformed requests neither crash the program nor end the wait', async () => {
  const { login, address, state, port } = await waiting();
  const good = `code=x&state=${state}`;
  const lines = [
    'GET //[',
    'GET //evil.example:99999/callback',
    `GET //evil.example/callback?${good}`,
    `GET http://evil.example/callback?${good}`,
    `GET http://127.0.0.1:${port}/callback?${good}`,
    `GET /x/../callback?${good}`,
    `GET /./callback?${good}`,
    `GET /callback/?${good}`,
    `GET /%63allback?${good}`,
    `GET /CALLBACK?${good}`,
    `GET /callback#?${good}`,
    `GET /callback?%`,
    `GET /callback?code=%ff%fe&state=%zz`,
    `OPTIONS *`,
    `OPTIONS /callback?${good}`,
    `HEAD /callback?${good}`,
    `CONNECT 127.0.0.1:${port}`,
    `GET /done`,
    `GET /callback?${'a='.repeat(40_000)}`,
    `GET /callback?code=${'x'.repeat(140_000)}`,
    'nonsense',
    '\u0000\u0016\u0003\u0001',
  ];
  for (const line of lines) {
    const answer = await raw(port, http(port, line));
    expect([line.slice(0, 60), answer.slice(0, 12)]).not.toEqual([
      line.slice(0, 60),
      expect.stringMatching(/ [23]\d\d/),
    ]);
  }
  const upgrade = `GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  expect(await raw(port, upgrade)).not.toMatch(/^HTTP\/1.1 [12]/);
  expect(await raw(port, 'GET /callback?code=x HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(port, `GET /callback?${good} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/);
  await fetch(address);
  await expect(login).resolves.toMatchObject({ kind: 'oidc' });
});

it('a redirect of 100 KiB still arrives (431 starts at 128 KiB)', async () => {
  const provider = await fakeProvider();
  const context = machine({ onOpen: () => true });
  const login = byBrowser(context, provider);
  const page = await fetch(await addressIn(context), { redirect: 'manual' });
  const back = new URL(page.headers.get('location') ?? '');
  back.searchParams.set('session_state', 'x'.repeat(100_000));
  const answer = await raw(Number(back.port), http(Number(back.port), `GET ${back.pathname}${back.search}`));
  expect(answer).toMatch(/^HTTP\/1\.1 302/);
  await expect(login).resolves.toMatchObject({ kind: 'oidc' });
});

it('an answer as a form, or with another state, is mentioned on the terminal once, and the wait goes on', async () => {
  const { context, login, address, state, port } = await waiting();
  for (let i = 0; i < 5; i += 1) {
    await raw(port, http(port, `POST /callback?code=x&state=${state}`));
    await raw(port, http(port, 'GET /callback?code=x&state=another'));
  }
  await fetch(address);
  await expect(login).resolves.toMatchObject({ kind: 'oidc' });
  const ignored = context.out.stderr.split('\n').filter((line) => line.startsWith('Ignored an answer'));
  expect(ignored).toEqual([
    'Ignored an answer from your browser: it was sent as a form (POST). Still waiting for the right one.',
    'Ignored an answer from your browser: it has another state, or is incomplete. Still waiting for the right one.',
  ]);
});
