import {
  createServer,
  type IncomingMessage,
  request as open,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Access } from '../../src/credentials/access.ts';
import type { Credential } from '../../src/credentials/credential.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let platform: Server;
let origin: string;
let gateway: Gateway;
let seen: Seen[];
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;

beforeEach(async () => {
  seen = [];
  answer = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  platform = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1');
      seen.push({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: body.slice(0, 100),
      });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', () => resolve()));
  origin = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await gateway.close();
  platform.closeAllConnections();
  await new Promise((resolve) => platform.close(resolve));
});

const credential = (token: string): Credential => ({
  kind: 'jwt',
  origin,
  identity: {},
  obtainedAt: 0,
  token: new Secret(token),
});

async function start(access: Access = fixedAccess(origin, credential('platform-token-1'))): Promise<void> {
  gateway = await startGateway(testContext(), {
    access,
    client: 'codemie-claude',
    project: 'p',
    sessionId: 's-1',
  });
}

/** An access that can refresh itself and counts its refreshes. */
function renewing(): Access & { readonly renewals: () => number } {
  let count = 0;
  return {
    ...fixedAccess(origin, credential('token-0')),
    refreshable: true,
    fresh: async () => credential(`token-${count}`),
    renew: async () => {
      count += 1;
      return credential(`token-${count}`);
    },
    renewals: () => count,
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function call(
  path: string,
  options: {
    method?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    key?: string | null;
  } = {},
): Promise<Answer> {
  const { method = 'POST', body = '{}', key = gateway.key.reveal() } = options;
  return new Promise((resolve, reject) => {
    const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...options.headers };
    const request = open(`${gateway.url}${path}`, { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.on('error', reject);
    request.end(method === 'GET' || method === 'HEAD' ? undefined : body);
  });
}

describe('who may use the gateway', () => {
  it('accepts only the key of this run, in any of three headers', async () => {
    await start();
    const key = gateway.key.reveal();
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { 'x-api-key': key },
      { 'x-goog-api-key': key },
    ]) {
      expect((await call('/v1/messages', { key: null, headers })).status).toBe(200);
    }
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { 'x-api-key': `${key}x` },
      { 'x-api-key': `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}` },
      { authorization: `Basic ${key}` },
      { authorization: 'Bearer platform-token-1' },
    ]) {
      expect((await call('/v1/messages', { key: null, headers })).status).toBe(401);
    }
    expect(seen).toHaveLength(3);
  });

  it('refuses web pages, even with the right key: a foreign Host (DNS rebinding) and any Origin', async () => {
    await start();
    const { port } = new URL(gateway.url);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1:1', `[::1]:${port}`]) {
      expect((await call('/v1/messages', { headers: { host } })).status, host).toBe(421);
      expect((await call('/', { method: 'GET', headers: { host } })).status, host).toBe(421);
    }
    for (const header of ['https://evil.example', 'null', gateway.url])
      expect((await call('/v1/messages', { headers: { origin: header } })).status).toBe(403);
    expect((await call('/v1/messages', { method: 'OPTIONS' })).status).toBe(404);
    expect(seen).toEqual([]);
  });

  it('forwards only model routes', async () => {
    await start();
    for (const path of [
      '/v1/user',
      '/v1/settings/user',
      '/v1/messages/../user',
      '/oauth2/auth',
      '/v1/messages/x',
      '//v1/messages',
      '/v1/admin/users',
    ]) {
      expect((await call(path, { method: 'GET' })).status, path).toBe(404);
      expect((await call(path)).status, path).toBe(404);
    }
    expect(seen).toEqual([]);
    for (const path of [
      '/v1/messages?beta=true',
      '/messages',
      '/v1/messages/count_tokens',
      '/v1/chat/completions',
      '/v1/responses',
      '/v1/embeddings',
      '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    ]) {
      expect((await call(path)).status, path).toBe(200);
    }
    expect((await call('/v1/models', { method: 'GET' })).status).toBe(200);
    expect(seen[0]?.url).toBe('/code-assistant-api/v1/messages?beta=true');
  });

  it('answers an agent’s greeting itself', async () => {
    await start();
    expect((await call('/', { method: 'HEAD', key: null })).status).toBe(200);
    expect((await call('/api/hello', { method: 'GET', key: null })).status).toBe(200);
    expect(seen).toEqual([]);
  });
});

describe('a forwarded request', () => {
  it('carries only our credential, and the headers for billing', async () => {
    await start();
    await call('/v1/messages', {
      headers: {
        'x-api-key': gateway.key.reveal(),
        cookie: 'a=b',
        'x-codemie-project': 'forged',
        'anthropic-version': '2023-06-01',
        connection: 'x-drop',
        'x-drop': '1',
      },
    });
    const headers = seen[0]?.headers ?? {};
    expect(headers.authorization).toBe('Bearer platform-token-1');
    expect(headers).toMatchObject({
      'x-codemie-project': 'p',
      'x-codemie-session-id': 's-1',
      'x-codemie-client': 'codemie-claude',
      'anthropic-version': '2023-06-01',
    });
    expect(headers['x-codemie-cli']).toMatch(/^codemie-cli\/\d+\.\d+\.\d+/);
    expect(headers['x-codemie-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    for (const name of ['x-api-key', 'cookie', 'x-drop']) expect(headers[name], name).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain(gateway.key.reveal());
  });

  it('returns errors of the model, but no cookies of the platform', async () => {
    await start();
    answer = (_request, response) =>
      response
        .writeHead(429, { 'set-cookie': 'session=1', 'retry-after': '3', 'content-type': 'application/json' })
        .end('{"error":1}');
    const result = await call('/v1/messages');
    expect([result.status, result.headers['retry-after'], result.headers['set-cookie'], result.body]).toEqual(
      [429, '3', undefined, '{"error":1}'],
    );
  });

  it('streams: the first event arrives before the last one is sent', async () => {
    await start();
    let finish: () => void = () => undefined;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      finish = () => response.end('data: 2\n\n');
    };
    const text = await new Promise<string>((resolve) => {
      const request = open(
        `${gateway.url}/v1/messages`,
        { method: 'POST', headers: { authorization: `Bearer ${gateway.key.reveal()}` } },
        (response) => {
          let all = '';
          response.on('data', (chunk) => {
            all += chunk;
            if (all === 'data: 1\n\n') finish();
          });
          response.on('end', () => resolve(all));
        },
      );
      request.end('{}');
    });
    expect(text).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('applies back-pressure: when the reader stops, the platform stops, with little data in between', async () => {
    await start();
    let written = 0;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (written < 256 * 1_048_576) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    };
    const before = process.memoryUsage().rss;
    const stalled = await new Promise<IncomingMessage>((resolve) => {
      const request = open(
        `${gateway.url}/v1/messages`,
        { method: 'POST', headers: { authorization: `Bearer ${gateway.key.reveal()}` } },
        resolve,
      );
      request.on('error', () => undefined);
      request.end('{}');
    });
    stalled.pause();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(written).toBeLessThan(64 * 1_048_576);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1_048_576);
    stalled.destroy();
  });

  it('is cancelled at the platform when the agent hangs up', async () => {
    await start();
    const ended = new Promise((resolve) => {
      answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
        response.once('close', () => resolve(true));
      };
    });
    const request = open(
      `${gateway.url}/v1/messages`,
      { method: 'POST', headers: { authorization: `Bearer ${gateway.key.reveal()}` } },
      (response) => response.once('data', () => request.destroy()),
    );
    request.on('error', () => undefined);
    request.end('{}');
    expect(await ended).toBe(true);
  });
});

describe('S33: when the platform refuses the credential', () => {
  const faces: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    [
      '401',
      (response) =>
        response.writeHead(401).end('{"error":{"message":"Authentication required","details":null}}'),
    ],
    [
      'a redirect to sign in',
      (response) => response.writeHead(302, { location: 'https://idp.example/login' }).end(),
    ],
    ['a page with 200', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['a page with 403', (response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>')],
  ];

  it.each(faces)('%s: one refresh, one retry with the whole body', async (_name, refuse) => {
    const access = renewing();
    await start(access);
    answer = (request, response, body) => {
      if (request.headers.authorization === 'Bearer token-0') refuse(response);
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ length: body.length }));
    };
    const result = await call('/v1/messages', { body: 'x'.repeat(3_000_000) });
    expect([result.status, result.body, access.renewals()]).toEqual([200, '{"length":3000000}', 1]);
  });

  it.each(faces)(
    '%s again after the refresh: one error in the agent’s API that it does not retry',
    async (_name, refuse) => {
      const access = renewing();
      await start(access);
      answer = (_request, response) => refuse(response);
      const anthropic = await call('/v1/messages');
      expect([anthropic.status, anthropic.headers['x-should-retry'], access.renewals(), seen.length]).toEqual(
        [401, 'false', 1, 2],
      );
      expect(JSON.parse(anthropic.body)).toMatchObject({
        type: 'error',
        error: { type: 'authentication_error', message: expect.any(String) },
      });
      expect(JSON.parse((await call('/v1/chat/completions')).body)).toMatchObject({
        error: { type: 'authentication_error' },
      });
      expect(JSON.parse((await call('/v1beta/models/m:generateContent')).body)).toMatchObject({
        error: { code: 401, status: 'UNAUTHENTICATED' },
      });
    },
  );

  const forbid = (response: ServerResponse): ServerResponse =>
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":{"message":"model"}}');

  it('a plain refusal of a signed-in user passes through without a refresh', async () => {
    const access = renewing();
    await start(access);
    answer = (request, response) => {
      if (request.url?.endsWith('/v1/user')) response.writeHead(200).end('{}');
      else forbid(response);
    };
    expect([(await call('/v1/messages')).status, access.renewals()]).toEqual([403, 0]);
  });

  it('a plain refusal of a user the platform no longer knows counts as expiry', async () => {
    const access = renewing();
    await start(access);
    answer = (request, response) => {
      if (request.headers.authorization !== 'Bearer token-0') response.writeHead(200).end('{}');
      else if (request.url?.endsWith('/v1/user')) response.writeHead(401).end('{}');
      else forbid(response);
    };
    expect([(await call('/v1/messages')).status, access.renewals()]).toEqual([200, 1]);
  });

  it('an unreachable platform is a 502 that the agent may retry, without internal addresses', async () => {
    await start();
    platform.closeAllConnections();
    await new Promise((resolve) => platform.close(resolve));
    const result = await call('/v1/messages');
    expect([result.status, result.headers['x-should-retry']]).toEqual([502, undefined]);
    expect(result.body).toContain('codemie doctor');
  });
});
