import { describe, expect, it } from 'vitest';
import { PROFILE_COMMANDS } from '../../../src/commands/profile/table.ts';
import { parseProgram } from '../../../src/commands/program.ts';
import { saveProfile } from '../../../src/config/write.ts';
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

describe('what the platform wrote', () => {
  it('moves no cursor in profile status and profile list', async () => {
    const provider = await fakeProvider();
    const body = { user_id: 'u-1', name: 'Ada\u001b[2J\u202e', email: 'a@b\u0007.example' };
    provider.replies.set(USER, () => ({ body }));
    provider.replies.set(MODELS, () => ({ body: [{ id: 'gpt\u001b[31m' }] }));
    const context = testContext({ env: { CODEMIE_URL: provider.url, CODEMIE_JWT_TOKEN: TOKEN } });
    await saveProfile(
      context,
      'a\u001bb',
      { codeMieUrl: provider.url, credential: { store: 'memory', id: `${provider.url}#ada\u202e` } },
      { activate: true },
    );
    expect(await profile(context, 'status')).toBe(0);
    expect(context.out.stdout).toContain('Ada');
    await profile(context, 'list');
    expect(context.out.stdout).toContain('* a b');
    expect(context.out.stdout).not.toMatch(/[\u001b\u202e\u0007]/);
  });
});

describe('a token that was passed and is refused', () => {
  it('is to be passed anew; signing in would not help', async () => {
    const provider = await fakeProvider();
    provider.replies.set(USER, () => ({ status: 401 }));
    const context = testContext({ env: { CODEMIE_URL: provider.url, CODEMIE_JWT_TOKEN: TOKEN } });
    expect(await profile(context, 'status', '--json')).toBe(4);
    const report = expectShape('profile-status', context.out.stdout);
    expect(report['hint']).toBe('Get a new token and pass it with CODEMIE_JWT_TOKEN');
  });
});
