import { expect, it } from 'vitest';
import { errorBody, routeOf, targetOf } from '../../src/gateway/routes.ts';
import { type Answer, fakePlatform, get, post, testGateway } from '../support/platform.ts';

it.each([
  ['/v1/messages', '/v1/messages'],
  ['/v1/messages?beta=true', '/v1/messages?beta=true'],
  ['/v1/v1/messages', '/v1/messages'],
  ['/v1/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
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
  ['GET', '/v1/user', 'unknown'],
])('%s %s is %s', (method, path, kind) => {
  expect(routeOf(method, path).kind).toBe(kind);
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
