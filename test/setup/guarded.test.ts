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

/** A user at a terminal who accepts the defaults, or answers as given; their browser signs in on its own. */
function user(wants: Record<string, string> = {}, options: TestContextOptions = {}) {
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
  it('signs in with the browser first, then asks what needs a sign-in', async () => {
    const platform = await realPlatform({ guarded: true });
    const { context } = user();
    expect(await codemie(context, 'setup', '--url', platform.url, ...KEPT)).toBe(0);
    expect(context.out.stderr).toContain('Sign-in: company SSO');
    expect(profileOf(context)).toMatchObject({ codeMieUrl: platform.url, codeMieProject: 'team-a' });
  });

  it('works with a bearer token from the environment, and --yes asks nothing', async () => {
    const platform = await realPlatform({ guarded: true });
    const { context, questions } = user({}, { env: { CODEMIE_JWT_TOKEN: platformJwt() } });
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

  it('is not printed again below the question', async () => {
    const platform = await realPlatform({ guarded: true, user: { projects } });
    const { context } = user({ 'Project:': 'team-b' });
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(profileOf(context)?.codeMieProject).toBe('team-b');
    expect(context.out.stderr).not.toContain('Project team-b');
  });

  it('is printed when it was not asked', async () => {
    const platform = await realPlatform({ guarded: true });
    const { context } = user();
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(context.out.stderr).toContain('Project: team-a');
  });
});

describe('setup at an address where something else answers', () => {
  it.each(['notFound', 'page'] as const)('%s: says so before asking anything, exit 5', async (said) => {
    const platform = await realPlatform({ instead: SAID[said] });
    const { context, questions } = user();
    const error = await failureOf(codemie(context, 'setup', '--url', platform.url, ...KEPT));
    expect([error.code, error.exit, questions]).toEqual(['NOT_A_PLATFORM', 'unreachable', []]);
  });
});

describe('the model of a profile', () => {
  it('is empty when you press Enter, so that each agent chooses', async () => {
    const platform = await realPlatform();
    const { context, questions } = user();
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(questions.at(-1)).toMatchObject({ message: 'Model:', default: '' });
    expect(profileOf(context)).not.toHaveProperty('model');
  });

  it('is the one you choose, until you choose none', async () => {
    const platform = await realPlatform();
    const { context } = user({ 'Model:': 'claude-sonnet-4-6' });
    await codemie(context, 'setup', '--url', platform.url, ...KEPT);
    expect(profileOf(context)?.model).toBe('claude-sonnet-4-6');
    const again = user({ 'Model:': '' });
    const home = { ...again.context, home: context.home };
    await codemie(home, 'setup', '--url', platform.url, ...KEPT);
    expect(profileOf(context)).not.toHaveProperty('model');
  });

  it('is empty without a terminal, unless --model names one', async () => {
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

  it('lists e-mail and password only when accounts are managed there', async () => {
    expect(await offered({ idpProvider: 'local', userManagement: true })).toMatchObject({ ways: ['local'] });
    expect(await offered({ idpProvider: 'local', userManagement: false })).toMatchObject({ ways: [] });
    expect(await offered({})).toEqual({ ways: ['hand-off'], access: 'keycloak', guarded: false });
  });

  it('does not say who manages access on a guarded platform', async () => {
    expect(await offered({ guarded: true })).toEqual({
      ways: ['hand-off'],
      access: undefined,
      guarded: true,
    });
  });

  it('does not call local accounts company accounts, and does not sign in where there are none', async () => {
    const choices = async (change: Partial<RealPlatform>) => {
      const platform = await realPlatform({ idpProvider: 'local', ...change });
      const { context, questions } = user({ 'How do you want to sign in?': 'bearer' });
      await codemie(context, 'setup', '--url', platform.url, ...KEPT);
      return JSON.stringify(questions.find(({ message }) => message.startsWith('How'))?.choices);
    };
    expect(await choices({ userManagement: true })).toMatch(/email and password/);
    expect(await choices({ userManagement: true })).not.toContain('company');
    expect(await choices({})).not.toContain('"sso"');
  });

  it('without a terminal it says what to pass, and does not choose bearer tokens on its own', async () => {
    const platform = await realPlatform();
    const context = testContext();
    const error = await failureOf(codemie(context, 'setup', '--url', platform.url));
    expect([error.code, error.exit]).toEqual(['INPUT_REQUIRED', 'usage']);
    expect([error.hint, ...error.remedies].join('\n')).toMatch(
      /--as you@example.com[\s\S]*--provider bearer-auth/,
    );
    expect(readConfig(context.home).profiles).toEqual({});
  });

  it('--provider sso and --provider bearer-auth choose the platform’s sign-in methods', async () => {
    const platform = await realPlatform();
    const context = testContext();
    expect(await codemie(context, 'setup', '--url', platform.url, '--provider', 'bearer-auth')).toBe(0);
    expect(profileOf(context)).toMatchObject({ provider: 'bearer-auth', authMethod: 'jwt' });
  });
});
