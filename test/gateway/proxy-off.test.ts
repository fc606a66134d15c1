import { expect, it } from 'vitest';
import { keyProvider } from '../../src/config/providers.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import {
  type FakePlatform,
  fakePlatform,
  get,
  jwtCredential,
  post,
  testGateway,
} from '../support/platform.ts';

const NO_SUCH_PATH = '{"detail":"Not Found"}';
const OFF = /^This CodeMie server's model proxy is off/;

/** A platform that answers 404 with a body, and its list of models with a status. */
async function platformOf(body: string, list = 404): Promise<FakePlatform & { readonly asked: string[] }> {
  const asked: string[] = [];
  const platform = await fakePlatform((request, response) => {
    asked.push((request.url ?? '').replace('/code-assistant-api', ''));
    const isList = request.url?.endsWith('/v1/models') === true && list !== 404;
    request.resume().once('end', () => {
      response.writeHead(isList ? list : 404, { 'content-type': 'application/json' });
      response.end(isList ? '{"object":"list","data":[]}' : body);
    });
  });
  return Object.assign(platform, { asked });
}

it.each([
  ['/v1/messages', { type: 'error' }],
  ['/v1/chat/completions', { error: { param: null } }],
  ['/v1/responses', { error: { param: null } }],
  ['/v1beta/models/gemini-2.5-pro:generateContent', { error: { code: 400, status: 'INVALID_ARGUMENT' } }],
])(
  'a platform whose model proxy is off is not reported as a missing model: %s says so in its own API',
  async (path, shape) => {
    const platform = await platformOf(NO_SUCH_PATH);
    const gateway = await testGateway(platform.origin);
    const { status, headers, body } = await post(gateway, path);
    // Claude Code reports a 404 as "There's an issue with the selected model".
    expect([status, headers['x-should-retry']]).toEqual([400, 'false']);
    expect(JSON.parse(body)).toMatchObject({ ...shape, error: { message: expect.stringMatching(OFF) } });
  },
);

it('a list of models from a platform whose model proxy is off says so, too', async () => {
  const platform = await platformOf(NO_SUCH_PATH);
  const gateway = await testGateway(platform.origin);
  expect((await get(gateway, '/v1/models')).body).toContain('model proxy is off');
});

it.each([
  '{"error":{"message":"model not found","type":"not_found_error","code":"404"}}',
  '{"detail":"Not Found","model":"x"}',
  '{"detail": "Model not found"}',
  '',
])('a model’s own 404 passes unchanged: %s', async (said) => {
  const platform = await platformOf(said);
  const gateway = await testGateway(platform.origin);
  const { status, body } = await post(gateway, '/v1/messages');
  expect([status, body, platform.asked]).toEqual([404, said, ['/v1/messages']]);
});

it('one missing route does not mean that the model proxy is off', async () => {
  const platform = await platformOf(NO_SUCH_PATH, 200);
  const gateway = await testGateway(platform.origin);
  const { status, body } = await post(gateway, '/v1beta/models/gemini-2.5-pro:countTokens');
  expect([status, body]).toEqual([404, NO_SUCH_PATH]);
});

it('a key provider has no model proxy that could be off', async () => {
  const platform = await platformOf(NO_SUCH_PATH);
  const selection = { keyProvider: keyProvider('litellm'), apiBase: platform.origin };
  const access = fixedAccess(platform.origin, jwtCredential(platform.origin), selection);
  const gateway = await testGateway(platform.origin, access);
  expect(await post(gateway, '/v1/messages')).toMatchObject({ status: 404, body: NO_SUCH_PATH });
});
