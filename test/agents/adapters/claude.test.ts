import { describe, expect, it } from 'vitest';
import {
  type LaunchInput,
  SETTINGS_FILE,
  type UserEnvironment,
} from '../../../src/agents/adapters/adapter.ts';
import { claude } from '../../../src/agents/adapters/claude.ts';
import { FEED, listOf, userWith } from '../../support/launch-input.ts';

const FED = {
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:1234',
  ANTHROPIC_AUTH_TOKEN: 'key-of-this-run',
  ANTHROPIC_DEFAULT_MODEL: 'm',
  ANTHROPIC_DEFAULT_HAIKU_MODEL: 'h',
  ANTHROPIC_DEFAULT_SONNET_MODEL: 's',
  ANTHROPIC_DEFAULT_OPUS_MODEL: 'o',
  CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
  CLAUDE_CODE_DISABLE_AGENT_VIEW: '1',
};
const NO_ROADS = {
  ...{ HTTP_PROXY: '', HTTPS_PROXY: '', ALL_PROXY: '', CLAUDE_CODE_ENABLE_TELEMETRY: '' },
  ...{ http_proxy: '', https_proxy: '', all_proxy: '' },
};
const envOf = (who: UserEnvironment, rest: readonly string[] = []): Record<string, string> => {
  const { settings } = claude.launch({ ...FEED, rest }, who);
  return (settings as { env: Record<string, string> }).env;
};

describe('launching Claude Code', () => {
  it('with a task: the whole launch', () => {
    expect(claude.launch({ ...FEED, task: 'do it', rest: ['--verbose'] }, userWith())).toEqual({
      argv: ['-p', 'do it', '--settings', SETTINGS_FILE, '--verbose'],
      env: FED,
      settings: {
        model: 'm',
        env: {
          ...FED,
          ...NO_ROADS,
          NO_PROXY: '127.0.0.1,localhost',
          no_proxy: '127.0.0.1,localhost',
          CLAUDE_CODE_USE_BEDROCK: '',
          CLAUDE_CODE_USE_VERTEX: '',
          CLAUDE_CODE_USE_FOUNDRY: '',
          CLAUDE_CODE_USE_MANTLE: '',
          CLAUDE_CODE_USE_ANTHROPIC_AWS: '',
          CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD: '',
        },
      },
      unattended: true,
    });
  });

  it.each([
    [[], false],
    [['explain this'], false],
    [['-p', 'explain this'], true],
    [['explain this', '--print'], true],
  ])('%j is unattended: %s', (rest, unattended) => {
    expect(claude.launch({ ...FEED, rest }, userWith()).unattended).toBe(unattended);
  });
});

describe('the models of Claude Code', () => {
  const started = (models: LaunchInput['models']) => claude.launch({ ...FEED, models }, userWith());

  it('a model named for this run is used; a default keeps the user’s choice with /model', () => {
    expect(started({ ...FEED.models, isNamed: true }).env).toMatchObject({ ANTHROPIC_MODEL: 'm' });
    expect(started(FEED.models).env).not.toHaveProperty('ANTHROPIC_MODEL');
  });

  it('/model has the tiers, and each other model of the platform', () => {
    const listed = listOf('claude-opus-4-5-20251101', 'claude-4-5-sonnet', 'h', 'gpt-5', 'gpt-image-1');
    const models = { ...FEED.models, haiku: 'claude-4-5-haiku', main: 'our-router', listed };
    const { settings } = started(models);
    expect(settings).toMatchObject({
      availableModels: [
        ...['haiku', 'sonnet', 'opus', 'o', 's', 'claude-4-5-haiku', 'our-router'],
        ...['gpt-5', 'claude-opus-4-5-20251101', 'claude-4-5-sonnet', 'h'],
      ],
      modelPicker: { options: expect.arrayContaining([{ model: 'gpt-5', label: 'gpt-5' }]) },
      // Without these, Claude Code would not know how much the models take.
      modelOverrides: {
        'claude-haiku-4-5': 'claude-4-5-haiku',
        'claude-sonnet-4-5': 'claude-4-5-sonnet',
      },
    });
    expect(started(FEED.models).settings).not.toHaveProperty('availableModels');
    const own = { '/home/ada/.claude/settings.json': { modelPicker: { options: [] } } };
    expect(claude.launch({ ...FEED, models }, userWith(own)).settings).not.toHaveProperty('modelPicker');
  });

  it.each([
    ['a name of the platform', 'gpt-5-2025-08-07', undefined, []],
    [
      'another provider’s name for one',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-4-5-sonnet',
      [],
    ],
    [
      'one that it does not offer',
      'claude-9',
      'm',
      [expect.stringMatching(/"claude-9" in .*settings\.json.*so m is used/)],
    ],
    ['one of Claude Code’s words', 'opusplan', undefined, []],
  ])('its settings may hold %s', (_what, model, used, notices) => {
    const models = { ...FEED.models, listed: listOf('claude-4-5-sonnet', 'gpt-5-2025-08-07') };
    const files = { '/home/ada/.claude/settings.json': { model } };
    const launched = claude.launch({ ...FEED, models }, userWith(files));
    expect([(launched.settings as { model?: string }).model, launched.notices ?? []]).toEqual([
      used,
      notices,
    ]);
  });

  it.each([
    ['the environment', {}, { ANTHROPIC_MODEL: 'opus' }, []],
    ['settings', { '/home/ada/.claude/settings.json': { env: { ANTHROPIC_MODEL: 'opus' } } }, {}, []],
    ['--settings', {}, {}, ['--settings', '{"env":{"ANTHROPIC_MODEL":"opus"}}']],
  ])(
    'ANTHROPIC_MODEL in %s is the model that answers, unless --model names another',
    (_where, files, env, rest) => {
      const launched = claude.launch({ ...FEED, rest }, userWith(files, env));
      expect([launched.env['ANTHROPIC_MODEL'], launched.notices]).toEqual(['opus', undefined]);
      expect(launched.settings).toMatchObject({ env: { ANTHROPIC_MODEL: 'opus' } });
      expect(launched.settings).not.toHaveProperty('model');
      const named = claude.launch(
        { ...FEED, models: { ...FEED.models, isNamed: true }, rest },
        userWith(files, env),
      );
      expect(named.env['ANTHROPIC_MODEL']).toBe('m');
    },
  );

  it('a tier and the subagents keep the model that the user chose for them; another provider’s is not used, and said', () => {
    const models = { ...FEED.models, listed: listOf('claude-opus-4-5') };
    const env = {
      ANTHROPIC_DEFAULT_OPUS_MODEL: 'claude-opus-4-5',
      CLAUDE_CODE_SUBAGENT_MODEL: 'haiku',
      ANTHROPIC_MODEL: 'sonnet[1m]',
      ANTHROPIC_SMALL_FAST_MODEL: 'us.anthropic.claude-3-haiku',
    };
    const launched = claude.launch({ ...FEED, models }, userWith({}, env));
    const { ANTHROPIC_SMALL_FAST_MODEL: _, ...usable } = env;
    expect(launched.env).toMatchObject(usable);
    expect(launched.env).not.toHaveProperty('ANTHROPIC_SMALL_FAST_MODEL');
    expect(launched.notices).toEqual([expect.stringContaining('ANTHROPIC_SMALL_FAST_MODEL')]);
  });

  it.each([
    ['nothing chosen', {}, [], true],
    ['chosen with /model', { '/home/ada/.claude/settings.json': { model: 'opus' } }, [], false],
    ['set by the repository', { '/repo/.claude/settings.json': { model: 'opus' } }, [], false],
    ['a conversation that goes on', {}, ['-c'], false],
    ['a conversation by name', {}, ['--resume=auth bug'], false],
  ])(
    'older versions start with our default only where nothing else decides: %s',
    (_name, files, rest, isOurs) => {
      const { settings } = claude.launch({ ...FEED, rest }, userWith(files));
      expect(Object.hasOwn(settings as object, 'model')).toBe(isOurs);
    },
  );

  it('a model in --settings wins over our default', () => {
    const { settings } = claude.launch({ ...FEED, rest: ['--settings', '{"model":"opus"}'] }, userWith());
    expect(settings).toMatchObject({ model: 'opus' });
  });

  it('a subagent keeps its own model', () => {
    expect(started(FEED.models).env).not.toHaveProperty('CLAUDE_CODE_SUBAGENT_MODEL');
  });
});

describe('the user’s --settings', () => {
  it.each([
    ['a file', ['--settings', 'own.json']],
    ['a file after =', ['--settings=own.json']],
    ['JSON', ['--settings', '{"permissions":{"allow":["Read"]},"env":{"A":"1","ANTHROPIC_BASE_URL":"x"}}']],
  ])('as %s are merged, and ours take precedence', (_name, words) => {
    const who = userWith({
      'own.json': { permissions: { allow: ['Read'] }, env: { A: '1', ANTHROPIC_BASE_URL: 'x' } },
    });
    const { argv, settings } = claude.launch({ ...FEED, rest: ['a', ...words, 'b'] }, who);
    expect(argv).toEqual(['--settings', SETTINGS_FILE, 'a', 'b']);
    expect(settings).toMatchObject({
      permissions: { allow: ['Read'] },
      env: { A: '1', ANTHROPIC_BASE_URL: FEED.gatewayUrl },
    });
  });

  it('never override ours, even when given several times', () => {
    const rest = ['--settings', '{"env":{"A":"1","B":"1"},"x":1}', '--settings={"env":{"B":"2"},"y":2}'];
    const { argv, settings } = claude.launch({ ...FEED, rest }, userWith());
    expect(argv).toEqual(['--settings', SETTINGS_FILE]);
    expect(settings).toMatchObject({ x: 1, y: 2, env: { A: '1', B: '2', ...FED } });
    const numbers = JSON.stringify({ env: { N: 5, ON: true, NOTHING: null } });
    const other = claude.launch({ ...FEED, rest: ['--settings', numbers] }, userWith()).settings;
    expect(other).toMatchObject({ env: { N: '5', ON: 'true' } });
    expect(other).not.toHaveProperty('env.NOTHING');
  });

  it.each([[['--settings']], [['--settings', 'missing.json']], [['--settings', '[]']], [['--settings={']]])(
    '%j is a usage error',
    (rest) => {
      expect(() => claude.launch({ ...FEED, rest }, userWith({ '[]': '[]' }))).toThrow(
        expect.objectContaining({ exit: 'usage' }),
      );
    },
  );
});

describe('proxies', () => {
  it('loopback is exempt, and so are the exemptions of the shell and the settings files', () => {
    const files = {
      '/home/ada/.claude/settings.json': { env: { HTTPS_PROXY: 'http://p', NO_PROXY: 'user.example' } },
      '/repo/.claude/settings.json': { env: { no_proxy: 'repo.example' } },
      '/repo/.claude/settings.local.json': '{ broken',
    };
    const rest = ['--settings', '{"env":{"NO_PROXY":"flag.example"}}'];
    const env = envOf(userWith(files, { NO_PROXY: 'shell.example' }), rest);
    expect(env['NO_PROXY']).toBe('127.0.0.1,localhost,shell.example,flag.example,user.example,repo.example');
    expect(env['no_proxy']).toBe(env['NO_PROXY']);
  });

  it('and telemetry come from the user, never from a repository', () => {
    const theirs = {
      HTTPS_PROXY: 'http://theirs',
      ALL_PROXY: 'http://theirs',
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    };
    const files = {
      '/repo/.claude/settings.json': { env: theirs },
      '/repo/.claude/settings.local.json': { env: theirs },
    };
    expect(envOf(userWith(files))).toMatchObject(NO_ROADS);
    const own = { '/home/ada/.claude/settings.json': { env: { HTTPS_PROXY: 'http://mine' } } };
    expect(
      envOf(userWith({ ...files, ...own }, { HTTP_PROXY: 'http://shell', http_proxy: '' })),
    ).toMatchObject({
      ...{ HTTP_PROXY: 'http://shell', http_proxy: 'http://shell' },
      ...{ HTTPS_PROXY: 'http://mine', https_proxy: 'http://mine', ALL_PROXY: '' },
    });
  });

  it('reads the user’s settings from CLAUDE_CONFIG_DIR when it is set', () => {
    const files = {
      '/elsewhere/settings.json': { env: { NO_PROXY: 'here.example' } },
      '/home/ada/.claude/settings.json': { env: { NO_PROXY: 'not-here.example' } },
    };
    expect(envOf(userWith(files, { CLAUDE_CONFIG_DIR: '/elsewhere' }))['NO_PROXY']).toBe(
      '127.0.0.1,localhost,here.example',
    );
  });

  it.each([
    ['the environment', {}, { ANTHROPIC_CUSTOM_HEADERS: 'X-Team: a' }, []],
    [
      'settings',
      { '/home/ada/.claude/settings.json': { env: { ANTHROPIC_CUSTOM_HEADERS: 'X-Team: a' } } },
      {},
      [],
    ],
    ['--settings', {}, {}, ['--settings', '{"env":{"ANTHROPIC_CUSTOM_HEADERS":"X-Team: a"}}']],
  ])('headers of the company in %s are not dropped in silence', (_where, files, env, rest) => {
    const { notices } = claude.launch({ ...FEED, rest }, userWith(files, env));
    expect(notices).toEqual([expect.stringContaining('ANTHROPIC_CUSTOM_HEADERS are not sent')]);
    expect(claude.launch(FEED, userWith()).notices).toBeUndefined();
  });
});
