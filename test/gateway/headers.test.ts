import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { downstreamHeaders, upstreamHeaders } from '../../src/gateway/headers.ts';
import { routeOf } from '../../src/gateway/routes.ts';
import { fixedPort, startGateway } from '../../src/gateway/server.ts';
import { testContext } from '../support/context.ts';
import { fakePlatform, jwtCredential, post, testGateway } from '../support/platform.ts';

describe('a request header of the agent', () => {
  const sent = (headers: IncomingHttpHeaders): string[] =>
    upstreamHeaders(headers, { authorization: 'Bearer t' }, undefined).filter((_, i) => i % 2 === 0);

  it.each([
    'x-codemie-integration',
    'x-forwarded-for',
    'x-forwarded-user',
    'x-forwarded-access-token',
    'forwarded',
    'via',
    'x-real-ip',
    'cookie',
    'x-api-key',
    'x-goog-api-key',
    'proxy-authorization',
    'keep-alive',
    'upgrade',
  ])('%s is not forwarded', (name) => {
    expect(sent({ [name]: 'x', accept: '*/*' })).toEqual(['accept', 'authorization']);
  });

  it('is not forwarded if its Connection header names it', () => {
    expect(
      sent({ connection: 'Keep-Alive, X-Hop ,X-Other', 'x-hop': '1', 'x-other': '2', 'x-kept': '3' }),
    ).toEqual(['x-kept', 'authorization']);
  });
});

describe('a response of the platform', () => {
  it('reaches the agent without hop-by-hop headers', () => {
    const headers = {
      connection: 'close, X-Hop',
      'x-hop': 'secret of the proxy',
      'set-cookie': ['a=b'],
      'content-length': '2',
      'x-kept': '1',
    };
    expect(downstreamHeaders(headers)).toEqual(['content-length', '2', 'x-kept', '1']);
  });

  it('may have headers as large as a refreshed session', async () => {
    const cookies = Array.from({ length: 12 }, (_, i) => `session_${i}=${'x'.repeat(4000)}`);
    const platform = await fakePlatform(
      (_request, response) => void response.writeHead(200, { 'set-cookie': cookies }).end('{}'),
    );
    const observed: (readonly string[])[] = [];
    const gateway = await testGateway(platform.origin, {
      observe: async (lines) => void observed.push(lines),
    });
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect(observed).toEqual([cookies]);
  });
});

it.each([
  '/v1/models/..',
  '/v1/models/.',
  '/models/..',
  '/v1/models/%2e%2e',
  '/v1/models/.%2E',
  '/v1/models/..%2fuser',
  '/v1/models/../messages',
  '/v1/./messages',
])('%s is not a route', (path) => {
  for (const method of ['GET', 'POST']) expect(routeOf(method, path)).toEqual({ kind: 'unknown' });
});

describe('the name of a project', () => {
  const start = async (project: string): Promise<string> => {
    let seen = '';
    const platform = await fakePlatform((request, response) => {
      seen = String(request.headers['x-codemie-project']);
      response.end('{}');
    });
    const access = fixedAccess(platform.origin, jwtCredential(platform.origin));
    const options = { access, client: 'codemie-claude', sessionId: 's', project };
    const gateway = await startGateway(testContext(), options);
    await post(gateway, '/v1/messages');
    await gateway.close();
    return seen;
  };

  it('reaches the platform unchanged', async () => {
    expect(await start('größe 1')).toBe('größe 1');
  });

  it.each(['Проект', 'a\nb', '名前'])(
    'that is not valid in a header is an error before anything starts',
    async (name) => {
      await expect(start(name)).rejects.toMatchObject({ code: 'PROJECT_NAME', exit: 'usage' });
    },
  );
});

it('a port is a number from 1 to 65535', () => {
  expect(fixedPort({ CODEMIE_PROXY_PORT: '4180' })).toBe(4180);
  expect(fixedPort({ CODEMIE_PROXY_PORT: '' })).toBe(0);
  for (const text of ['0', '00', '65536', '-1', 'x'])
    expect(() => fixedPort({ CODEMIE_PROXY_PORT: text })).toThrow('must be a port');
});
