import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/net/client.ts';
import type { Http } from '../../src/net/http.ts';
import { elapsedMs } from '../../src/system/clock.ts';
import { badNetwork } from '../support/bad-network.ts';
import { freePort } from '../support/free-port.ts';
import { fakePlatform } from '../support/platform.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';
import { tunnelProxy } from '../support/tunnel-proxy.ts';

const http = (env: Record<string, string> = {}): Http =>
  createHttp({
    ca: () => undefined,
    env,
    sleep: async () => undefined,
    elapsed: elapsedMs,
    userAgent: 'test',
  });

describe('connections that are kept', () => {
  it.each([
    ['without a proxy', false],
    ['through a proxy', true],
  ])('serve one request after another %s', async (_road, isProxied) => {
    const platform = await fakePlatform((request, response) => {
      request.resume().once('end', () => response.end(request.url));
    });
    const ask = isProxied ? http({ HTTP_PROXY: await tunnelProxy(platform.port) }) : http();
    const origin = isProxied ? 'http://platform.example' : platform.origin;
    const paths = Array.from({ length: 20 }, (_, i) => `/${i}`);
    const lanes = [paths.slice(0, 10), paths.slice(10)];
    const answers = await Promise.all(
      lanes.map(async (lane) => {
        const bodies: string[] = [];
        for (const path of lane) {
          const answer = await ask({ url: `${origin}${path}`, method: 'POST', body: 'x', keepAlive: true });
          bodies.push(String(answer.body));
        }
        return bodies;
      }),
    );
    expect(answers.flat()).toEqual(paths);
    expect(platform.connections()).toBe(2);
  });

  it('are closed after one request, unless it asks for more', async () => {
    const platform = await fakePlatform((request, response) => void response.end(request.headers.connection));
    const ask = http();
    const first = await ask({ url: platform.origin });
    await ask({ url: platform.origin });
    expect([String(first.body), platform.connections()]).toEqual(['close', 2]);
    await platform.closed();
  });

  it('are opened again after the server closed them', async () => {
    const platform = await fakePlatform((_request, response) => void response.end('done'));
    const ask = http();
    await ask({ url: platform.origin, keepAlive: true });
    platform.drop();
    const answer = await ask({ url: platform.origin, keepAlive: true });
    expect([String(answer.body), platform.connections()]).toEqual(['done', 2]);
  });

  it('end with the request that was aborted, and the others go on', async () => {
    const stop = new AbortController();
    const platform = await fakePlatform((request, response) => {
      if (request.url === '/slow') stop.abort(new Error('stopped'));
      else response.end('done');
    });
    const ask = http();
    const slow = ask({ url: `${platform.origin}/slow`, keepAlive: true, signal: stop.signal });
    const other = ask({ url: `${platform.origin}/other`, keepAlive: true });
    await expect(slow).rejects.toThrow('stopped');
    expect(String((await other).body)).toBe('done');
  });

  it.each(['closes', 'resets'] as const)('report a server that %s the connection', async (how) => {
    const { host } = await badNetwork(how);
    const asked = http()({ url: `http://${host}`, method: 'POST', body: 'x', keepAlive: true });
    await expect(asked).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('report a server that never answers', async () => {
    const { host } = await badNetwork('never answers');
    const asked = http()({ url: `http://${host}`, keepAlive: true, timeoutMs: 100 });
    await expect(asked).rejects.toThrow('did not answer within 0.1 s');
  });

  it('report that nothing listens', async () => {
    const asked = http()({ url: `http://127.0.0.1:${await freePort()}`, keepAlive: true });
    await expect(asked).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it.skipIf(noOpenssl !== undefined)(
    'send nothing to a server whose certificate is not trusted',
    async () => {
      const { url, requests } = await tlsServer();
      await expect(http()({ url, keepAlive: true })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
      expect(requests()).toBe(0);
    },
  );
});
