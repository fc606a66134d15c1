import { expect, it } from 'vitest';
import { keyProvider } from '../../src/config/providers.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { errorBody, routeOf, targetOf } from '../../src/gateway/routes.ts';
import {
  type Answer,
  call,
  fakePlatform,
  get,
  jwtCredential,
  post,
  testGateway,
} from '../support/platform.ts';

it.each([
  ['/v1/messages', '/v1/messages'],
  ['/v1/messages?beta=true', '/v1/messages?beta=true'],
  ['/v1/v1/messages', '/v1/messages'],
  ['/v1/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
  ['/v1beta/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
  ['/v1beta/v1/messages', '/v1/messages'],
  ['/v1beta/chat/completions', '/v1/chat/completions'],
  ['/v1beta/models/a/m:countTokens', '/models/a/m:countTokens'],
  ['/v1beta/models', '/v1beta/models'],
  [
    '/v1beta/models/m:streamGenerateContent?alt=sse&key=codemie-k',
    '/v1beta/models/m:streamGenerateContent?alt=sse',
  ],
  ['/v1beta/models/m:generateContent?key=codemie-k', '/v1beta/models/m:generateContent'],
  ['/v1/models?a=%20b+c&a=&monkey=1&keys=2', '/v1/models?a=%20b+c&a=&monkey=1&keys=2'],
  ['/v1/models?', '/v1/models?'],
  ['/v1/models?x=a?b', '/v1/models?x=a?b'],
])('a client’s request is forwarded to %s', (sent, target) => {
  expect(targetOf(sent)).toBe(target);
});

it('the gateway’s key in the query of a Gemini client is not forwarded', async () => {
  const seen: string[] = [];
  const platform = await fakePlatform((request, response) => {
    seen.push(request.url ?? '');
    request.resume().once('end', () => response.end('{}'));
  });
  const gateway = await testGateway(platform.origin);
  await post(gateway, `/v1beta/models/m:generateContent?alt=sse&key=${gateway.key.reveal()}`);
  expect(seen).toEqual(['/code-assistant-api/v1beta/models/m:generateContent?alt=sse']);
});

it.each([
  ['POST', '/models/gemini-2.5-pro:countTokens', 'forward'],
  ['POST', '/v1beta/models/google/gemini-2.5-pro:generateContent', 'forward'],
  ['POST', '/v1beta/models/../user:generateContent', 'unknown'],
  ['POST', '/v1beta/models/a/../../user:generateContent', 'unknown'],
  ['POST', '/v1beta/models/..:generateContent', 'unknown'],
  ['GET', '/v1/health', 'forward'],
  ['GET', '/health', 'forward'],
  ['GET', '/v1/models/openai/gpt-5', 'forward'],
  ['GET', '/v1/models/openai%2Fgpt-5', 'forward'],
  ['GET', '/v1/models/..', 'unknown'],
  ['GET', '/v1/models/a/..', 'unknown'],
  ['GET', '/v1/models/..%2fuser', 'unknown'],
  ['GET', '/v1/models/a%2F..%2F..%2Fuser', 'unknown'],
  ['GET', '/v1/models/%2e%2e', 'unknown'],
  ['GET', '/v1/models/', 'unknown'],
  ['POST', '/v1/models/a', 'unknown'],
  ['GET', '/v1/user', 'unknown'],
  ['POST', '/v1/files', 'unknown'],
  ['GET', '/v1/conversations', 'unknown'],
])('of a platform, %s %s is %s', (method, path, kind) => {
  expect(routeOf(method, path).kind).toBe(kind);
});

it.each([
  ['POST', '/v1/images/generations', 'forward'],
  ['POST', '/v1/audio/transcriptions', 'forward'],
  ['POST', '/v1/files', 'forward'],
  ['GET', '/v1/files/file-abc/content', 'forward'],
  ['DELETE', '/files/file-abc', 'forward'],
  ['POST', '/v1/batches/batch_1/cancel', 'forward'],
  ['GET', '/v1/responses/resp_1', 'forward'],
  ['GET', '/v1/responses/resp_1/input_items', 'forward'],
  ['POST', '/v1/messages/batches', 'forward'],
  ['GET', '/v1/messages/batches/b/results', 'forward'],
  ['POST', '/v1/moderations', 'forward'],
  ['POST', '/v1beta/models/gemini-embedding-001:embedContent', 'forward'],
  ['POST', '/v1/messages', 'forward'],
  // Whoever holds the provider's key could also manage it.
  ['POST', '/key/generate', 'unknown'],
  ['GET', '/v1/organization/api_keys', 'unknown'],
  ['POST', '/user/new', 'unknown'],
  ['PATCH', '/v1/files/a', 'unknown'],
  ['GET', '/v1/files/../organization/api_keys', 'unknown'],
  ['GET', '/v1/files/%2e%2e/organization', 'unknown'],
  ['GET', '/v1/files//organization', 'unknown'],
  ['GET', '/v1/filesystem', 'unknown'],
])('of a model provider, %s %s is %s', (method, path, kind) => {
  expect(routeOf(method, path, true).kind).toBe(kind);
});

it('images, files and stored responses of a model provider get through', async () => {
  const seen: string[] = [];
  const provider = await fakePlatform((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().once('end', () => response.end('{"deleted":true}'));
  });
  const own = fixedAccess(provider.origin, jwtCredential(provider.origin));
  const selection = {
    ...own.selection,
    keyProvider: keyProvider('openai-compatible'),
    apiBase: `${provider.origin}/v1`,
  };
  const gateway = await testGateway(provider.origin, { selection });
  for (const [method, path] of [
    ['POST', '/v1/images/generations'],
    ['GET', '/v1/models/org%2Fmodel'],
    ['DELETE', '/v1/files/file-1'],
  ] as const)
    expect((await call(gateway, method, path, undefined, {})).status).toBe(200);
  expect(seen).toEqual([
    'POST /v1/images/generations',
    'GET /v1/models/org%2Fmodel',
    'DELETE /v1/files/file-1',
  ]);
});

it('the page of one model comes from the platform’s list', async () => {
  const asked: string[] = [];
  const entry = { id: 'org/gpt-5', object: 'model', created: 1, owned_by: 'openai' };
  let list: unknown = { object: 'list', data: [{ id: 'other' }, entry] };
  const platform = await fakePlatform((request, response) => {
    asked.push(`${request.url} ${request.headers['accept-encoding']}`);
    request.resume().once('end', () => response.end(JSON.stringify(list)));
  });
  const gateway = await testGateway(platform.origin);
  for (const path of ['/v1/models/org%2Fgpt-5', '/models/org/gpt-5']) {
    const { status, body } = await get(gateway, path);
    expect([status, JSON.parse(body)]).toEqual([200, entry]);
  }
  expect(new Set(asked)).toEqual(new Set(['/code-assistant-api/v1/models identity']));
  for (const [id, data] of [
    ['gpt-4', list],
    ['gpt-5', 'no list'],
  ] as const) {
    list = data;
    const { status, body } = await get(gateway, `/v1/models/${id}`);
    expect([status, JSON.parse(body)]).toMatchObject([
      404,
      { error: { type: 'invalid_request_error', message: expect.stringContaining('codemie models') } },
    ]);
  }
});

const SHAPES = {
  anthropic: { type: 'error', error: { type: 'not_found_error' } },
  openai: { error: { type: 'invalid_request_error', param: null } },
  gemini: { error: { code: 404, status: 'NOT_FOUND' } },
} as const;

it.each([
  ['anthropic', '/v1/messages/batches', { 'anthropic-version': '2023-06-01' }],
  ['anthropic', '/v1/user', { 'x-api-key': 'KEY' }],
  ['openai', '/v1/images/generations', {}],
  ['gemini', '/v1beta/models/m:embedContent', { 'x-goog-api-key': 'KEY' }],
  ['gemini', '/v1beta/files', {}],
] as const)(
  'a refused route answers in the format of its client’s API (%s, %s)',
  async (dialect, path, headers) => {
    const platform = await fakePlatform((_request, response) => void response.end('{}'));
    const gateway = await testGateway(platform.origin);
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'KEY' ? gateway.key.reveal() : value]),
    );
    const { status, body } = await post(gateway, path, '{}', own);
    expect([status, JSON.parse(body)]).toMatchObject([404, SHAPES[dialect]]);
    expect(body).toContain('is not a model API route');
  },
);

it('a refused list of models is reported in the format of the client’s API', async () => {
  const platform = await fakePlatform((_request, response) => void response.writeHead(302).end());
  const gateway = await testGateway(platform.origin);
  const refused: Answer = await get(gateway, '/v1/models');
  expect(JSON.parse(refused.body)).toMatchObject({ error: { type: 'authentication_error', param: null } });
});

it.each([401, 403, 404, 426, 502])('status %i is an error in every API', (status) => {
  for (const dialect of ['anthropic', 'openai', 'gemini'] as const)
    expect(JSON.parse(errorBody(dialect, status, 'why'))).toMatchObject({ error: { message: 'why' } });
});
