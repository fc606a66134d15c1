import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/net/client.ts';
import type { Http } from '../../src/net/http.ts';
import { elapsedMs } from '../../src/system/clock.ts';
import { badNetwork } from '../support/bad-network.ts';
import { fakePlatform } from '../support/platform.ts';
import { tunnelProxy } from '../support/tunnel-proxy.ts';

const http = (env: Record<string, string> = {}): Http =>
  createHttp({
    ca: () => undefined,
    env,
    sleep: async () => undefined,
    elapsed: elapsedMs,
    userAgent: 'test',
  });
const ELSEWHERE = 'http://platform.example';

describe.each([
  ['without a proxy', false],
  ['through a proxy', true],
])('one exchange %s', (_road, isProxied) => {
  const road = async (port: number, origin: string): Promise<[Http, string]> =>
    isProxied ? [http({ HTTP_PROXY: await tunnelProxy(port) }), ELSEWHERE] : [http(), origin];

  it('returns the response with headers and cookies as large as a refreshed session', async () => {
    const cookies = Array.from({ length: 12 }, (_, i) => `session_${i}=${'x'.repeat(4000)}`);
    const platform = await fakePlatform((request, response) => {
      response.writeHead(201, { 'x-host': request.headers.host, 'set-cookie': cookies }).end('{"a":1}');
    });
    const [ask, origin] = await road(platform.port, platform.origin);
    const answer = await ask({ url: `${origin}/path?x=1` });
    expect([answer.status, answer.setCookie, String(answer.body)]).toEqual([201, cookies, '{"a":1}']);
    expect(answer.headers['x-host']).toBe(new URL(origin).host);
  });

  it.each(['POST', 'PUT', 'DELETE'])('sends a body of %s with its length', async (method) => {
    const platform = await fakePlatform((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => response.end(`${request.method} ${request.headers['content-length']} ${text}`));
    });
    const [ask, origin] = await road(platform.port, platform.origin);
    const answer = await ask({ url: origin, method, body: 'grant=ü' });
    expect(String(answer.body)).toBe(`${method} 8 grant=ü`);
  });

  it('reports a response that is too large', async () => {
    const platform = await fakePlatform((_request, response) => void response.end('x'.repeat(5000)));
    const [ask, origin] = await road(platform.port, platform.origin);
    await expect(ask({ url: origin, maxBytes: 1000 })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('reports a response that is cut off, after three attempts', async () => {
    const platform = await fakePlatform((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('x', () => response.destroy());
    });
    const [ask, origin] = await road(platform.port, platform.origin);
    await expect(ask({ url: origin, method: 'POST' })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(platform.requests()).toBe(1);
  });

  it('opens no connection if the signal is already aborted', async () => {
    const platform = await fakePlatform((_request, response) => void response.end());
    const [ask, origin] = await road(platform.port, platform.origin);
    const reason = new Error('stopped before');
    await expect(ask({ url: origin, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(platform.connections()).toBe(0);
  });

  it('rejects with the signal’s reason when aborted in the middle of the response', async () => {
    const stop = new AbortController();
    const platform = await fakePlatform((_request, response) => {
      response.write('x', () => stop.abort(new Error('stopped')));
    });
    const [ask, origin] = await road(platform.port, platform.origin);
    await expect(ask({ url: origin, signal: stop.signal })).rejects.toThrow('stopped');
    await platform.closed();
  });
});

describe('a connection that failed', () => {
  it('is not tried again by the next request of the same command', async () => {
    const network = await badNetwork('never answers');
    const ask = http({ HTTP_PROXY: `http://${network.host}` });
    const tried = () => ask({ url: ELSEWHERE, timeoutMs: 100 });
    await expect(tried()).rejects.toThrow(
      `The proxy ${network.host} (HTTP_PROXY) did not answer within 0.1 s`,
    );
    await expect(tried()).rejects.toThrow('did not answer within');
    expect(network.connections()).toBe(1);
  });

  it('is retried at once if it was refused, so that a starting server is found', async () => {
    const platform = await fakePlatform((_request, response) => void response.end());
    const ask = http();
    await expect(ask({ url: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect((await ask({ url: platform.origin })).status).toBe(200);
  });
});
