import { describe, expect, it } from 'vitest';
import type { Adapter, LaunchInput, ModelChoice } from '../../../src/agents/adapters/adapter.ts';
import { codex } from '../../../src/agents/adapters/codex.ts';
import { gemini } from '../../../src/agents/adapters/gemini.ts';
import { opencode } from '../../../src/agents/adapters/opencode.ts';
import { FEED, listOf, userWith } from '../../support/launch-input.ts';

const MODELS: ModelChoice = {
  main: 'gpt-5-2025-08-07',
  haiku: 'claude-4-5-haiku',
  sonnet: 'claude-sonnet-4-6',
  opus: 'claude-opus-4-6-20260205',
  listed: listOf(
    'gpt-5-2025-08-07',
    'gpt-4.1',
    'claude-4-5-haiku',
    'claude-sonnet-4-6',
    'claude-opus-4-6-20260205',
    'gemini-3.1-pro',
    'gemini-2.5-flash',
  ),
};
const GEMINI: ModelChoice = { ...MODELS, main: 'gemini-3.1-pro' };
const HOME = '/home/ada';

interface Case {
  readonly files?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  readonly rest?: readonly string[];
  readonly models?: Partial<ModelChoice>;
  readonly more?: Partial<LaunchInput>;
}
const launched = (adapter: Adapter, base: ModelChoice, { files, env, rest = [], models, more }: Case) =>
  adapter.launch({ ...FEED, rest, models: { ...base, ...models }, ...more }, userWith(files, env));
const notOffered = (name: string, used: string) => [
  expect.stringMatching(new RegExp(`"${name}" in .* isn't available to you, so ${used} is used`)),
];

describe('Codex uses the model that the user chose in it', () => {
  const models = (argv: readonly string[]): readonly string[] =>
    argv.flatMap((word, i) => (argv[i - 1] === '-m' || word.startsWith('model=') ? [word] : []));
  const own = `${HOME}/.codex/config.toml`;
  const ours = '[mcp_servers.x]\nmodel = "not-this"\n';
  const trusted = '[projects."/repo"]\ntrust_level = "trusted"\n';

  it.each<[string, Case, readonly string[]]>([
    ['nothing', { files: { [own]: ours } }, ['gpt-5-2025-08-07']],
    ['config.toml', { files: { [own]: `model = "gpt-4.1" # mine\n${ours}` } }, ['gpt-4.1']],
    [
      'single quotes and a long text before it',
      { files: { [own]: `notes = """\nmodel = "x"\n"""\nmodel='gpt-4.1'` } },
      ['gpt-4.1'],
    ],
    [
      'CODEX_HOME',
      { files: { '/c/config.toml': 'model = "gpt-4.1"' }, env: { CODEX_HOME: '/c' } },
      ['gpt-4.1'],
    ],
    [
      'a profile',
      {
        files: { [own]: 'model = "gpt-5"', [`${HOME}/.codex/work.config.toml`]: 'model = "gpt-4.1"' },
        rest: ['-p', 'work'],
      },
      ['gpt-4.1'],
    ],
    [
      'a trusted repository',
      { files: { [own]: `model = "gpt-5"\n${trusted}`, '/repo/.codex/config.toml': 'model = "gpt-4.1"' } },
      ['gpt-4.1'],
    ],
    [
      'a repository that Codex does not trust',
      { files: { [own]: 'model = "gpt-5"', '/repo/.codex/config.toml': 'model = "gpt-4.1"' } },
      ['gpt-5-2025-08-07'],
    ],
    ['-m', { files: { [own]: 'model = "gpt-5"' }, rest: ['-m', 'gpt-4.1'] }, ['gpt-4.1']],
    ['-m with the name of another provider', { rest: ['-m', 'azure/gpt-4.1-2025-04-14'] }, ['gpt-4.1']],
    ['-c', { rest: ['-c', 'model=gpt-4.1'] }, ['model="gpt-4.1"']],
    ['its exec command', { rest: ['exec', '--model=gpt-4.1', 'hi'] }, []],
    [
      '--model, which names it for this run',
      { files: { [own]: 'model = "gpt-4.1"' }, models: { isNamed: true } },
      ['gpt-5-2025-08-07'],
    ],
    [
      'a platform that can not list its models',
      { files: { [own]: 'model = "any"' }, models: { listed: [] } },
      ['any'],
    ],
  ])('with %s', (_name, given, expected) => {
    const { argv, notices } = launched(codex, MODELS, given);
    expect([models(argv), notices]).toEqual([expected, []]);
  });

  it.each<[Case]>([[{ files: { [own]: 'model = "gpt-9"' } }], [{ rest: ['-m', 'gpt-9'] }]])(
    'and one line says so when it is not offered: %j',
    (given) => {
      const { argv, notices } = launched(codex, MODELS, given);
      expect([models(argv), notices]).toEqual([
        ['gpt-5-2025-08-07'],
        notOffered('gpt-9', 'gpt-5-2025-08-07'),
      ]);
    },
  );

  it('but words after -- are a prompt', () => {
    expect(launched(codex, MODELS, { rest: ['--', '-m', 'gpt-9'] }).argv.slice(-3)).toEqual([
      '--',
      '-m',
      'gpt-9',
    ]);
  });
});

describe('OpenCode uses the model that the user chose in it', () => {
  const own = `${HOME}/.config/opencode/opencode.json`;
  const state = `${HOME}/.local/state/opencode/model.json`;
  const base: ModelChoice = { ...MODELS, main: 'claude-sonnet-4-6' };
  const run = (given: Case) => {
    const { env, argv, notices } = launched(opencode, base, given);
    const { model, small_model, provider } = JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '');
    return { model, small_model, known: Object.keys(provider.codemie.models), argv, notices };
  };

  it.each<[string, Case, string]>([
    ['nothing', {}, 'claude-sonnet-4-6'],
    ['opencode.json', { files: { [own]: { model: 'codemie/gpt-4.1' } } }, 'gpt-4.1'],
    [
      'comments and a last comma',
      { files: { [`${own}c`]: '{ // mine\n "model": "codemie/gpt-4.1", /* , } */ }' } },
      'gpt-4.1',
    ],
    [
      'the name of another provider',
      { files: { [own]: { model: 'anthropic/claude-haiku-4-5-20251001' } } },
      'claude-4-5-haiku',
    ],
    [
      'a repository',
      { files: { '/repo/opencode.json': { model: 'openai/gpt-4.1' }, [own]: { model: 'x/gpt-5' } } },
      'gpt-4.1',
    ],
    [
      'OPENCODE_CONFIG',
      { files: { '/o.json': { model: 'codemie/gpt-4.1' } }, env: { OPENCODE_CONFIG: '/o.json' } },
      'gpt-4.1',
    ],
    [
      'OPENCODE_CONFIG_CONTENT',
      {
        env: { OPENCODE_CONFIG_CONTENT: '{"model":"codemie/gpt-4.1"}' },
        files: { [own]: { model: 'x/gpt-5' } },
      },
      'gpt-4.1',
    ],
    [
      'its picker',
      {
        files: {
          [state]: {
            recent: [
              { providerID: 'theirs', modelID: 'm' },
              { providerID: 'codemie', modelID: 'gpt-4.1' },
            ],
          },
        },
      },
      'gpt-4.1',
    ],
    [
      '--model, which names it for this run',
      { files: { [own]: { model: 'codemie/gpt-4.1' } }, models: { isNamed: true } },
      'claude-sonnet-4-6',
    ],
  ])('with %s', (_name, given, expected) => {
    expect(run(given)).toMatchObject({
      model: `codemie/${expected}`,
      small_model: 'codemie/claude-4-5-haiku',
      notices: [],
    });
  });

  it('with -m, in any form of the name', () => {
    for (const name of ['gpt-5', 'codemie/gpt-5', 'openai/gpt-5', 'codemie/gpt-5-2025-08-07']) {
      expect(run({ rest: ['run', '-m', name] }).argv).toEqual(['run', '-m', 'codemie/gpt-5-2025-08-07']);
    }
  });

  it('for small tasks', () => {
    expect(run({ files: { [own]: { small_model: 'codemie/gpt-4.1' } } })).toMatchObject({
      small_model: 'codemie/gpt-4.1',
    });
  });

  it('with a name of an API key provider that its list leaves out', () => {
    expect(run({ rest: ['-m', 'codemie/ours'], models: { isOpen: true } })).toMatchObject({
      known: expect.arrayContaining(['ours']),
      notices: [],
    });
  });

  it('with another provider that the user’s own content enables', () => {
    const env = { OPENCODE_CONFIG_CONTENT: '{"model":"mine/m","enabled_providers":["mine"]}' };
    expect(run({ env })).toMatchObject({ model: 'mine/m', notices: [] });
  });

  it('and one line says so when it is not offered', () => {
    expect(run({ files: { [own]: { model: 'openai/gpt-9' } } })).toMatchObject({
      model: 'codemie/claude-sonnet-4-6',
      notices: notOffered('openai/gpt-9', 'claude-sonnet-4-6'),
    });
    expect(run({ rest: ['-m', 'gpt-9'] })).toMatchObject({
      argv: ['-m', 'codemie/claude-sonnet-4-6'],
      notices: notOffered('gpt-9', 'claude-sonnet-4-6'),
    });
  });
});

describe('Gemini CLI uses the model that the user chose in it', () => {
  const own = `${HOME}/.gemini/settings.json`;
  const named = (name: string) => ({ model: { name } });
  const trust = { [`${HOME}/.gemini/trustedFolders.json`]: { '/repo': 'TRUST_FOLDER' } };

  it.each<[string, Case, string]>([
    ['nothing', {}, 'gemini-3.1-pro'],
    ['its settings', { files: { [own]: named('gemini-2.5-flash') } }, 'gemini-2.5-flash'],
    [
      'GEMINI_MODEL',
      { files: { [own]: named('x') }, env: { GEMINI_MODEL: 'gemini-2.5-flash' } },
      'gemini-2.5-flash',
    ],
    [
      'its .env',
      { files: { [`${HOME}/.gemini/.env`]: 'GEMINI_MODEL="gemini-2.5-flash"' } },
      'gemini-2.5-flash',
    ],
    ['one of its aliases', { files: { [own]: named('flash') } }, 'flash'],
    [
      'a trusted folder',
      { files: { ...trust, '/repo/.gemini/settings.json': named('gemini-2.5-flash') } },
      'gemini-2.5-flash',
    ],
    [
      'a folder that it does not trust',
      { files: { '/repo/.gemini/settings.json': named('gemini-2.5-flash') } },
      'gemini-3.1-pro',
    ],
    [
      'the name of another provider',
      { env: { GEMINI_MODEL: 'vertex_ai/gemini-2.5-flash@default' } },
      'gemini-2.5-flash',
    ],
    [
      '--model, which names it for this run',
      { files: { [own]: named('gemini-2.5-flash') }, models: { isNamed: true } },
      'gemini-3.1-pro',
    ],
  ])('with %s', (_name, given, expected) => {
    const { env, notices } = launched(gemini, GEMINI, given);
    expect([env['GEMINI_MODEL'], notices]).toEqual([expected, []]);
  });

  it('with -m, by a name that it does not change on the way', () => {
    const listed = [
      ...listOf('gemini-3.1-pro'),
      {
        id: 'gemini-3-flash',
        names: ['gemini-3-flash', 'gemini-3-flash-preview'],
        label: '',
        isDefault: false,
      },
    ];
    const { argv, notices } = launched(gemini, GEMINI, {
      rest: ['-m', 'gemini-3-flash'],
      models: { listed },
    });
    expect([argv, notices]).toEqual([['-m', 'gemini-3-flash-preview'], []]);
  });

  it('and one line says so when it is not offered', () => {
    const { env, notices } = launched(gemini, GEMINI, { files: { [own]: named('gemini-9') } });
    expect([env['GEMINI_MODEL'], notices]).toEqual([
      'gemini-3.1-pro',
      notOffered('gemini-9', 'gemini-3.1-pro'),
    ]);
  });

  it('lists the platform’s models in /model, which stand for its own names and aliases', () => {
    const { home } = launched(gemini, GEMINI, {
      files: {
        [own]: {
          modelConfigs: { customAliases: { mine: {} }, customOverrides: [{ match: { model: 'm' } }] },
          ui: { a: 1 },
        },
      },
    });
    const { modelConfigs, experimental, ui } = (home?.settings ?? {}) as Record<
      string,
      Record<string, Record<string, never>>
    >;
    const definitions = Object.entries(modelConfigs?.['modelDefinitions'] ?? {}) as [
      string,
      { isVisible: boolean },
    ][];
    expect(definitions.flatMap(([name, { isVisible }]) => (isVisible ? [name] : []))).toEqual([
      'auto',
      'gemini-2.5-flash',
      'gemini-3.1-pro',
    ]);
    expect(modelConfigs).toMatchObject({
      customAliases: { mine: {} },
      customOverrides: expect.arrayContaining([
        { match: { model: 'flash-lite' }, modelConfig: { model: 'gemini-2.5-flash' } },
        { match: { model: 'm' } },
      ]),
      modelIdResolutions: {
        pro: { default: 'gemini-3.1-pro' },
        flash: { default: 'gemini-2.5-flash' },
        'gemini-3-pro-preview': { default: 'gemini-3.1-pro' },
        'gemini-2.5-flash': { default: 'gemini-2.5-flash' },
      },
    });
    expect([experimental, ui]).toEqual([{ dynamicModelConfiguration: true }, { a: 1 }]);
  });

  it('keeps its own list where the platform has none of its models', () => {
    const { home } = launched(gemini, GEMINI, { models: { listed: listOf('gpt-5') } });
    expect(home?.settings).not.toHaveProperty('modelConfigs');
  });
});
