import type { IncomingHttpHeaders } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { downstreamHeaders, upstreamHeaders } from '../../src/gateway/headers.ts';
import { routeOf } from '../../src/gateway/routes.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { fixedPort } from '../../src/gateway/settings.ts';
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
    'x_codemie_project',
    'x_codemie_integration',
    'user-id',
    'user_id',
    'x-user-id',
    'x-auth-request-user',
    'x-auth-request-email',
    'x-remote-user',
    'remote-user',
    'x-http-method-override',
    'x-method-override',
    'x-original-url',
    'x-rewrite-url',
    'x-goog-user-project',
    'x-litellm-api-key',
    'x-amzn-oidc-data',
    'x-envoy-original-path',
    'x-client-cert',
    'api-key',
    'range',
    'x-a-name-nobody-knows',
  ])('%s is not forwarded', (name) => {
    expect(sent({ [name]: 'x', accept: '*/*' })).toEqual(['accept', 'authorization']);
  });

  it('is not forwarded if its Connection header names it', () => {
    expect(
      sent({ connection: 'Keep-Alive, X-App ,X-Title', 'x-app': '1', 'x-title': '2', version: '3' }),
    ).toEqual(['version', 'authorization']);
  });
});

it('a request asks only for codings in which the gateway can find the credential', () => {
  const asked = (accepted: string): string =>
    upstreamHeaders({ 'accept-encoding': accepted }, {}, undefined)[1] ?? '';
  expect(asked('zstd, gzip;q=1.0, br, *')).toBe(' gzip;q=1.0, br');
  expect(asked('zstd')).toBe('identity');
});

describe('a platform that repeats the request in an error', () => {
  const TOKEN = 'platform-token-1';
  const codings: readonly (readonly [string, (text: string) => Buffer])[] = [
    ['identity', (text) => Buffer.from(text)],
    ['gzip', (text) => gzipSync(text)],
    ['deflate', (text) => deflateSync(text)],
    ['br', (text) => brotliCompressSync(text)],
    ['zstd', () => Buffer.from('not readable')],
  ];

  it.each(codings)('does not hand the credential to the agent (%s)', async (coding, encode) => {
    const platform = await fakePlatform((request, response) => {
      const { authorization = '' } = request.headers;
      const { href } = new URL(`http://x/?t=${encodeURIComponent(authorization)}`);
      const told = {
        headers: request.headers,
        href,
        encoded: Buffer.from(TOKEN).toString('base64'),
        name: 'größe',
      };
      const body = encode(JSON.stringify(told));
      response.writeHead(500, {
        'content-encoding': coding,
        'content-length': String(body.length),
        'x-request-id': `id of ${authorization}`,
        'x-ratelimit-reset': '1',
      });
      response.end(body);
    });
    const gateway = await testGateway(platform.origin);
    const { status, headers, body } = await post(gateway, '/v1/messages', '{}', { 'accept-encoding': '*' });
    expect({ status, id: headers['x-request-id'], reset: headers['x-ratelimit-reset'] }).toEqual({
      status: 500,
      id: undefined,
      reset: '1',
    });
    for (const form of [TOKEN, Buffer.from(TOKEN).toString('base64')]) expect(body).not.toContain(form);
    if (coding !== 'zstd')
      expect(JSON.parse(body)).toMatchObject({
        headers: { authorization: 'Bearer [redacted]' },
        name: 'größe',
      });
  });

  it('not in pieces either', async () => {
    const platform = await fakePlatform(async (_request, response) => {
      response.writeHead(502);
      for (const letter of `token ${TOKEN} was seen`) {
        response.write(letter);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const gateway = await testGateway(platform.origin);
    expect((await post(gateway, '/v1/messages')).body).toBe('token [redacted] was seen');
  });
});

describe('a response of the platform', () => {
  it('reaches the agent without hop-by-hop headers', () => {
    const headers = {
      connection: 'close, X-Hop',
      'x-hop': 'secret of the proxy',
      'set-cookie': ['a=b'],
      'content-length': '2',
      'x-request-id': '1',
    };
    expect(downstreamHeaders(headers, () => false)).toEqual(['content-length', '2', 'x-request-id', '1']);
  });

  it('reaches the agent with the headers of the three APIs, and no other', () => {
    const read = {
      'content-type': 'text/event-stream',
      'retry-after': '2',
      'request-id': 'r',
      'x-should-retry': 'false',
      'anthropic-ratelimit-unified-status': 'allowed',
      'x-ratelimit-remaining-tokens': '5',
      'openai-processing-ms': '7',
    };
    const others = {
      authorization: 'Bearer t',
      'x-auth-request-access-token': 't',
      location: 'https://x',
      server: 's',
    };
    expect(downstreamHeaders({ ...read, ...others }, () => false)).toEqual(Object.entries(read).flat());
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
