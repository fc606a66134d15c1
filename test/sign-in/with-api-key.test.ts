import { expect, it } from 'vitest';
import { saveProfile } from '../../src/config/write.ts';
import { findAccess } from '../../src/credentials/find/find-access.ts';
import type { HttpRequest } from '../../src/net/http.ts';
import type { SignInRequest } from '../../src/sign-in/request.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContext, testContext } from '../support/context.ts';
import { failureOf } from './support.ts';

const PLATFORM = 'https://platform.example';
const LLM = 'https://llm.example/v1';

/** A machine whose environment names a platform. `asked` records every request. */
function machine(env: Record<string, string> = {}): { context: TestContext; asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const context = testContext({
    env: { CODEMIE_URL: PLATFORM, ...env },
    override: {
      http: async (request) => {
        asked.push(request);
        return { status: 200, headers: {}, setCookie: [], body: Buffer.from('{"data":[{"id":"m"}]}') };
      },
    },
  });
  return { context, asked };
}

const request = (more: Partial<SignInRequest> = {}): SignInRequest => ({
  method: 'api-key',
  openBrowser: false,
  timeoutMs: 1000,
  store: 'plaintext-file',
  secret: new Secret('sk-0123456789'),
  ...more,
});

const addresses = (asked: readonly HttpRequest[]): string[] => asked.map(({ url }) => url);

it('a provider’s key is not sent to the platform that CODEMIE_URL names', async () => {
  const { context, asked } = machine();
  const error = await failureOf(signIn(context, request({ provider: 'litellm' })));
  expect([error.code, error.hint]).toEqual(['INPUT_REQUIRED', expect.stringContaining('--url https://llm')]);
  expect(asked).toEqual([]);
});

it.each([
  ['CODEMIE_BASE_URL is the address of a named provider', { CODEMIE_BASE_URL: LLM }, 'litellm'],
  [
    'CODEMIE_BASE_URL is the address of the provider in CODEMIE_PROVIDER',
    { CODEMIE_BASE_URL: LLM, CODEMIE_PROVIDER: 'litellm' },
    undefined,
  ],
])('%s', async (_what, env, provider) => {
  const { context, asked } = machine(env);
  await signIn(context, request({ provider }));
  expect(addresses(asked)).toEqual([`${LLM}/models`]);
});

it.each([{}, { CODEMIE_BASE_URL: PLATFORM }])(
  'a new key for a provider’s profile is tested at the profile’s own address, whatever the environment names (%j)',
  async (env) => {
    const { context, asked } = machine(env);
    await saveProfile(context, 'llm', { provider: 'litellm', baseUrl: LLM }, { activate: false });
    const result = await signIn(context, request({ profile: 'llm' }));
    expect([result.profileName, addresses(asked)]).toEqual(['llm', [`${LLM}/models`]]);
  },
);

it('a provider’s key on the platform’s own host is not used for the platform', async () => {
  const { context } = machine();
  const near = { provider: 'litellm', baseUrl: `${PLATFORM}/llm/v1` };
  await saveProfile(context, 'near', near, { activate: true });
  await signIn(context, request({ profile: 'near' }));
  expect(await findAccess(context, { profile: 'near' })).toMatchObject({ state: 'found' });
  // Without --profile, the address in the environment counts, which is a platform.
  const found = await findAccess(context, {});
  expect([found.state, found.state === 'missing' && found.error.code]).toEqual(['missing', 'AUTH_MISSING']);
});

it('a key without an address gets an error that names the variable for it', async () => {
  const { context } = machine({ CODEMIE_PROVIDER: 'litellm', CODEMIE_API_KEY: 'sk-0123456789' });
  const found = await findAccess(context, {});
  expect(found.state === 'missing' && found.error).toMatchObject({
    code: 'INPUT_REQUIRED',
    message: expect.stringContaining('The key (CODEMIE_API_KEY) needs a server URL'),
    hint: expect.stringContaining('CODEMIE_BASE_URL'),
  });
});
