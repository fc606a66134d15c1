import { get, request as open } from 'node:http';
import { connect, createServer, Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openHandOffListener } from '../../../src/net/callback/hand-off-listener.ts';
import { type OAuthListener, openOAuthListener } from '../../../src/net/callback/oauth-listener.ts';

const STATE = 'the-right-state-0123456789abcdef';
let loopback: OAuthListener;
const sockets: Socket[] = [];

async function listen(): Promise<string> {
  loopback = await openOAuthListener({ port: 0, state: STATE });
  return new URL(loopback.redirectUri).origin;
}
afterEach(async () => {
  vi.restoreAllMocks();
  for (const socket of sockets.splice(0)) socket.destroy();
  await loopback.close('failed');
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function call(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = open(`${origin}${path}`, { agent: false, ...options }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

/** Whether the listener is still waiting. */
async function isWaiting(): Promise<boolean> {
  return Promise.race([
    loopback.callback.then(() => false),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 10)),
  ]);
}

const good = `/callback?code=abc&state=${STATE}`;

describe('the loopback listener', () => {
  it('S1: listens only on 127.0.0.1, and uses it in the redirect URI', async () => {
    const origin = await listen();
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((entry) => entry?.family === 'IPv4' && !entry.internal);
    for (const host of ['127.0.0.2', ...others.map((entry) => entry?.address ?? '')]) {
      const refused = new Promise((resolve) =>
        connect(Number(new URL(origin).port), host)
          .on('error', () => resolve(true))
          .on('connect', () => resolve(false)),
      );
      expect(await refused, host).toBe(true);
    }
  });

  it('S2: names the port and the flag when a fixed port is taken', async () => {
    await listen();
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    await expect(openOAuthListener({ port, state: STATE })).rejects.toThrow(
      new RegExp(`Port ${port} \\(--callback-port\\)`),
    );
    await expect(openOAuthListener({ port, state: STATE })).rejects.toMatchObject({ exit: 'failed' });
    taken.close();
  });

  it.each([
    [80, 'EACCES', 'Port 80 (--callback-port) is reserved by the system.', 'Leave out --callback-port'],
    [80, 'EINVAL', 'Port 80 (--callback-port) could not be opened on 127.0.0.1 (EINVAL).', 'Leave out'],
    [0, 'EACCES', 'No port could be opened on 127.0.0.1 (EACCES).', 'profile login --device'],
  ])('S2: explains why port %d cannot be opened (%s)', async (port, code, message, hint) => {
    await listen();
    // The user who runs this may be allowed to use every port.
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      this.emit('error', Object.assign(new Error('no'), { code }));
      return this;
    });
    const failure = openOAuthListener({ port, state: STATE });
    await expect(failure).rejects.toMatchObject({ code: 'CALLBACK_PORT', exit: 'failed', message });
    await expect(failure).rejects.toMatchObject({ hint: expect.stringContaining(hint) });
    const handOff = openHandOffListener(port, { isHandOff: () => true, take: async () => true });
    await expect(handOff).rejects.toMatchObject({ code: 'CALLBACK_PORT', exit: 'failed', message });
  });

  it('S3: answers 404 on other paths and 405 to other methods, and keeps waiting', async () => {
    const origin = await listen();
    expect((await call(origin, '/favicon.ico')).status).toBe(404);
    expect((await call(origin, `/callback/x?code=a&state=${STATE}`)).status).toBe(404);
    for (const method of ['POST', 'PUT', 'HEAD', 'DELETE'])
      expect((await call(origin, good, { method })).status).toBe(405);
    expect(await isWaiting()).toBe(true);
  });

  it('S4: answers 400 to a wrong or missing state, even with error=, and keeps waiting', async () => {
    const origin = await listen();
    for (const query of [
      'code=abc&state=wrong',
      'code=abc',
      'error=access_denied',
      'error=access_denied&state=wrong',
      `code=abc&state=${STATE}x`,
    ]) {
      expect((await call(origin, `/callback?${query}`)).status, query).toBe(400);
    }
    expect(await isWaiting()).toBe(true);
  });

  it('S5: ends the wait on an error with the right state, and sanitises its description', async () => {
    const origin = await listen();
    const description = `<script>alert(1)</script>\u001b[31m${'x'.repeat(500)}`;
    const answer = await call(
      origin,
      `/callback?error=access_denied&error_description=${encodeURIComponent(description)}&state=${STATE}`,
    );
    expect(answer.body).not.toContain('<script>');
    const result = await loopback.callback;
    expect(result).toMatchObject({ kind: 'error', error: 'access_denied' });
    expect(
      result.kind === 'error' && result.description.length <= 200 && !result.description.includes('\u001b'),
    ).toBe(true);
  });

  it('S6: accepts only one success, and refuses repeated parameters', async () => {
    const origin = await listen();
    expect((await call(origin, `/callback?code=a&code=b&state=${STATE}`)).status).toBe(400);
    expect((await call(origin, `${good}&state=${STATE}`)).status).toBe(400);
    expect((await call(origin, good)).status).toBe(302);
    expect((await call(origin, good)).status).toBe(410);
    const result = await loopback.callback;
    expect(result.kind === 'code' && result.params.get('code')).toBe('abc');
  });

  it('S7: refuses a foreign Host', async () => {
    const origin = await listen();
    const { port } = new URL(origin);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `localhost:${port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
    ]) {
      expect((await call(origin, good, { headers: { host } })).status, host).toBe(400);
    }
    expect(await isWaiting()).toBe(true);
  });

  it('S8: serves an inert page that is not cached, and leaves no secret in the address bar', async () => {
    const origin = await listen();
    const answer = await call(origin, good);
    expect(answer.headers['location']).toBe('/done');
    for (const headers of [answer.headers, (await call(origin, '/nothing')).headers]) {
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
      for (const rule of ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
        expect(headers['content-security-policy']).toContain(rule);
    }
    const page = call(origin, '/done');
    const finished = loopback.close('signed-in');
    expect((await page).body).toContain('You are signed in');
    await finished;
  });

  it('refuses 300 forged callbacks, keeps waiting, and accepts the genuine one', async () => {
    const origin = await listen();
    const { port } = new URL(origin);
    const forged: Promise<number>[] = [];
    for (let i = 0; i < 50; i += 1) {
      sockets.push(connect(Number(port), '127.0.0.1').on('error', () => undefined));
      sockets.at(-1)?.write('GET /callback?code=abc&state=');
      const calls = [
        call(origin, `/callback?code=x${i}&state=guess${i}`),
        call(origin, `/callback?error=access_denied&n=${i}`),
        call(origin, good, { headers: { host: `evil${i}.example` } }),
        call(origin, good, { method: 'POST' }),
        call(origin, `/callback?code=a&code=b&state=${STATE}&n=${i}`),
      ];
      forged.push(...calls.map(async (answer) => (await answer).status));
    }
    const statuses = await Promise.all(forged);
    expect(statuses).toHaveLength(250);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
    expect(await isWaiting()).toBe(true);
    expect((await call(origin, good)).status).toBe(302);
    expect((await loopback.callback).kind).toBe('code');
  });

  it('keeps waiting on any malformed query', async () => {
    const origin = await listen();
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.constantFrom('code', 'state', 'error', 'iss', 'x'), fc.string({ maxLength: 30 })),
          { maxLength: 6 },
        ),
        async (pairs) => {
          fc.pre(!pairs.some(([name, value]) => name === 'state' && value === STATE));
          const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
          const status = await new Promise<number>((resolve, reject) =>
            get(`${origin}/callback?${query}`, (answer) => resolve(answer.resume().statusCode ?? 0)).on(
              'error',
              reject,
            ),
          );
          expect(status).toBe(400);
        },
      ),
      { numRuns: 300 },
    );
    expect(await isWaiting()).toBe(true);
  });
});
