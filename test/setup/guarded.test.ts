import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { discoverPlatform } from '../../src/platform-api/discover/platform.ts';
import type { Prompts } from '../../src/terminal/prompts.ts';
import { failureOf } from '../sign-in/support.ts';
import { browse } from '../support/browser.ts';
import { codemie } from '../support/commands.ts';
import { type TestContext, type TestContextOptions, testContext } from '../support/context.ts';
import { platformJwt, type RealPlatform, realPlatform, SAID } from '../support/real-platform.ts';
import { expectShape } from '../support/schemas.ts';

interface Asked {
  readonly message: string;
  readonly choices?: readonly { readonly value: string; readonly name: string }[];
  readonly default?: unknown;
}

/** Somebody at a terminal who takes what is preset, or what they want; their browser signs in by itself. */
function person(wants: Record<string, string> = {}, options: TestContextOptions = {}) {
  const questions: Asked[] = [];
  const context = testContext({
    tty: true,
    env: { BROWSER: 'a-browser', CI: '', TERM: 'dumb', ...options.env },
    onOpen: async (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
  const answer = async (question: Asked) => {
    questions.push(question);
    return wants[question.message] ?? question.default ?? question.choices?.[0]?.value ?? '';
  };
  const prompts = { input: answer, password: answer, select: answer, confirm: async () => true };
  const terminal = Object.create(context.terminal, {
    interactive: { value: true },
    prompts: { value: async () => prompts as unknown as Prompts },
  }) as TestContext['terminal'];
  return { context: { ...context, terminal }, questions };
}

const KEPT = ['--store', 'plaintext-file'];
const profileOf = (context: TestContext) => readConfig(context.home).profiles['default'];

describe('setup at a platform whose whole API is guarded', () => {
  it('is completed in the browser: what nobody may ask before the sign-in is asked after it', async () => {
    const platform = await realPlatform({ guarded: true });
    const { context } = person();
    expect(await codemie(context, 'setup', '--url', platform.url, ...KEPT)).toBe(0);
    expect(context.out.stderr).toContain('Sign-in: company SSO');
    expect(profileOf(context)).toMatchObject({ codeMieUrl: platform.url, codeMieProject: 'team-a' });
  });

  it('is completed with a bearer token from the environment, and --yes asks nothing', async () => {
    const platform = await realPlatform({ guarded: true });
    const { context, questions } = person({}, { env: { CODEMIE_JWT_TOKEN: platformJwt() } });
    expect(await codemie(context, 'setup', '--url', platform.url, '--yes', '--json')).toBe(0);
    expect(questions).toEqual([]);
    expect(expectShape('setup', context.out.stdout)).toMatchObject({
      method: 'bearer',
      version: '2.42.0',
      project: 'team-a',
      model: null,
      identity: { email: 'ada@example.com' },
    });
  });
});

describe('the project that was just chosen', () => {
  const projects = ['team-a', 'team-b'].map((name) => ({ name, is_project_admin: false }));

  it('is not printed a second time below the question', async () => {
    const platform = await realPlatform({ guarded: true, user: { projects } });
    const { context } = person({ 'Project:': 'team-b' });
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(profileOf(context)?.codeMieProject).toBe('team-b');
    expect(context.out.stderr).not.toContain('Project team-b');
  });

  it('is printed where nobody was asked', async () => {
    const platform = await realPlatform({ guarded: true });
    const { context } = person();
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(context.out.stderr).toContain('Project: team-a');
  });
});

describe('setup at an address where something else answers', () => {
  it.each(['notFound', 'page'] as const)('%s: says so before anything is asked, exit 5', async (said) => {
    const platform = await realPlatform({ instead: SAID[said] });
    const { context, questions } = person();
    const error = await failureOf(codemie(context, 'setup', '--url', platform.url, ...KEPT));
    expect([error.code, error.exit, questions]).toEqual(['NOT_A_PLATFORM', 'unreachable', []]);
  });
});

describe('the model of a profile', () => {
  it('is none when a person presses Enter: each agent chooses', async () => {
    const platform = await realPlatform();
    const { context, questions } = person();
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(questions.at(-1)).toMatchObject({ message: 'Model:', default: '' });
    expect(profileOf(context)).not.toHaveProperty('model');
  });

  it('is what a person chose, until they choose none', async () => {
    const platform = await realPlatform();
    const { context } = person({ 'Model:': 'claude-sonnet-4-6' });
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(profileOf(context)?.model).toBe('claude-sonnet-4-6');
    const again = person({ 'Model:': '' });
    const home = { ...again.context, home: context.home };
    await codemie(home, 'setup', '--url', platform.url, ...KEPT);
    expect(profileOf(context)).not.toHaveProperty('model');
  });

  it('is none without a terminal, unless --model names one', async () => {
    const platform = await realPlatform();
    const context = testContext({ env: { CODEMIE_JWT_TOKEN: platformJwt() } });
    await codemie(context, 'setup', '--url', platform.url);
    expect(profileOf(context)).not.toHaveProperty('model');
    await codemie(context, 'setup', '--url', platform.url, '--model', 'gpt-4.1');
    expect(profileOf(context)?.model).toBe('gpt-4.1');
  });
});

describe('what setup says a platform offers', () => {
  const offered = async (change: Partial<RealPlatform>) => {
    const platform = await realPlatform(change);
    const { ways, access, guarded } = await discoverPlatform(testContext(), platform.url);
    return { ways, access, guarded };
  };

  it('e-mail and password only where accounts are managed there', async () => {
    expect(await offered({ idpProvider: 'local', userManagement: true })).toMatchObject({ ways: ['local'] });
    expect(await offered({ idpProvider: 'local', userManagement: false })).toMatchObject({ ways: [] });
    expect(await offered({})).toEqual({ ways: ['hand-off'], access: 'identity-provider', guarded: false });
  });

  it('nothing of who manages access where that is guarded', async () => {
    expect(await offered({ guarded: true })).toEqual({
      ways: ['hand-off'],
      access: undefined,
      guarded: true,
    });
  });

  it('local accounts are no company accounts, and a platform without any is not signed in to', async () => {
    const choices = async (change: Partial<RealPlatform>) => {
      const platform = await realPlatform({ idpProvider: 'local', ...change });
      const { context, questions } = person({ 'How do you want to sign in?': 'bearer' });
      await codemie(context, 'setup', '--url', platform.url, ...KEPT);
      return JSON.stringify(questions.find(({ message }) => message.startsWith('How'))?.choices);
    };
    expect(await choices({ userManagement: true })).toMatch(/email and password/);
    expect(await choices({ userManagement: true })).not.toContain('company');
    expect(await choices({})).not.toContain('"sso"');
  });

  it('without a terminal it says what to pass, and does not end in bearer tokens by itself', async () => {
    const platform = await realPlatform();
    const context = testContext();
    const error = await failureOf(codemie(context, 'setup', '--url', platform.url));
    expect([error.code, error.exit]).toEqual(['INPUT_REQUIRED', 'usage']);
    expect([error.hint, ...error.remedies].join('\n')).toMatch(/--method bearer[\s\S]*--method sso --as/);
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('--provider sso and --provider bearer-auth are the ways in of the platform', async () => {
    const platform = await realPlatform();
    const context = testContext();
    expect(await codemie(context, 'setup', '--url', platform.url, '--provider', 'bearer-auth')).toBe(0);
    expect(profileOf(context)).toMatchObject({ provider: 'bearer-auth', authMethod: 'jwt' });
  });
});
