import { describe, expect, it } from 'vitest';
import { PROFILE_COMMANDS } from '../../../src/commands/profile/table.ts';
import { parseProgram } from '../../../src/commands/program.ts';
import { saveProfile } from '../../../src/config/write.ts';
import { errorText } from '../../../src/terminal/render-error.ts';
import { failureOf } from '../../sign-in/support.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { fakeProvider } from '../../support/fake-provider.ts';
import { expectShape } from '../../support/schemas.ts';

async function profile(context: TestContext, ...args: string[]): Promise<number | undefined> {
  const chosen = await parseProgram(PROFILE_COMMANDS, ['profile', ...args], context.terminal);
  if (chosen === undefined) throw new Error('no command');
  return (await chosen.spec.load()).run(chosen.input, context);
}

const TOKEN = [{ alg: 'RS256' }, { sub: 'u-1', exp: 4_000_000_000 }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('c2lnbmF0dXJl')
  .join('.');
const USER = '/code-assistant-api/v1/user';
const MODELS = '/code-assistant-api/v1/llm_models';

describe('text from the platform', () => {
  it('cannot move the cursor in profile status and profile list', async () => {
    const provider = await fakeProvider();
    const body = { user_id: 'u-1', name: 'Ada\u001b[2J\u202e', email: 'a@b\u0007.example' };
    provider.replies.set(USER, () => ({ body }));
    provider.replies.set(MODELS, () => ({ body: [{ id: 'gpt\u001b[31m' }] }));
    const context = testContext({ env: { CODEMIE_URL: provider.url, CODEMIE_JWT_TOKEN: TOKEN } });
    await saveProfile(
      context,
      'a\u001bb',
      { codeMieUrl: provider.url, credential: { store: 'plaintext-file', id: `${provider.url}#ada\u202e` } },
      { activate: true },
    );
    expect(await profile(context, 'status')).toBe(0);
    expect(context.out.stdout).toContain('Ada');
    await profile(context, 'list');
    expect(context.out.stdout).toContain('* a b');
    expect(context.out.stdout).not.toMatch(/[\u001b\u202e\u0007]/);
  });
});

describe('the connection in profile status', () => {
  const ask = async (url: string, env = {}): Promise<Record<string, unknown>> => {
    const context = testContext({ env: { CODEMIE_URL: url, CODEMIE_JWT_TOKEN: TOKEN, ...env } });
    const code = await profile(context, 'status', '--json');
    return { code, ...expectShape('profile-status', context.out.stdout) };
  };

  it('is not ok when everything is 404, which is not a CodeMie platform', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 404 }));
    const report = await ask(provider.url);
    expect(report).toMatchObject({ code: 5, state: 'not-a-platform', connection: { state: 'not-checked' } });
    expect(String(report['warnings'])).toContain('answered HTTP 404');
  });

  it('is ok with any answer, even a rejection, and unreachable without', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 401 }));
    expect(await ask(provider.url)).toMatchObject({ code: 4, connection: { state: 'ok' } });
    const unreachable = { code: 5, connection: { state: 'unreachable' } };
    expect(await ask('http://127.0.0.1:9')).toMatchObject(unreachable);
  });

  it('an unusable proxy fails with exit 9', async () => {
    const proxy = { HTTPS_PROXY: 'http://u:p%zz@proxy:1' };
    const error = await failureOf(ask('https://codemie.example.com', proxy));
    expect([error.code, error.exit]).toEqual(['PROXY_INVALID', 'config']);
  });
});

describe('a supplied token that is rejected', () => {
  it('asks for a new token, because signing in would not help', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 401 }));
    const context = testContext({ env: { CODEMIE_URL: provider.url, CODEMIE_JWT_TOKEN: TOKEN } });
    expect(await profile(context, 'status', '--json')).toBe(4);
    const report = expectShape('profile-status', context.out.stdout);
    expect(report['hint']).toBe('Get a new token and pass it with CODEMIE_JWT_TOKEN.');
  });
});

describe('input from a user, a script or a cloned folder', () => {
  it.each([
    ['--profile', 'a\u001b[2J\u202ex'],
    ['CODEMIE_PROVIDER', 'b\u001b]0;title\u0007'],
    ['CODEMIE_AUTH_METHOD', 'c\u001b[31m'],
    ['CODEMIE_URL', 'd\u001b[31m'],
  ])('%s cannot move the cursor in an error', async (name, value) => {
    const env = name.startsWith('--') ? {} : { [name]: value };
    const args = name.startsWith('--') ? [name, value] : [];
    const error = await failureOf(profile(testContext({ env }), 'status', ...args));
    expect(errorText(error, true)).toContain(value[0]);
    expect(errorText(error, true)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});
