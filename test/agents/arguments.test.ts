import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireSupported, SETTINGS_FILE } from '../../src/agents/adapters/adapter.ts';
import { claude } from '../../src/agents/adapters/claude.ts';
import { opencode } from '../../src/agents/adapters/opencode.ts';
import { agentEnvironment } from '../../src/agents/agent-environment.ts';
import { parseLaunch } from '../../src/agents/arguments.ts';
import { FEED, userWith } from '../support/launch-input.ts';

describe('a launcher’s arguments', () => {
  it('accepts our flags anywhere before --, and keeps the rest in order', () => {
    const parsed = parseLaunch([
      'a',
      '--task',
      't',
      '--verbose',
      '--model=m',
      '-x',
      '1',
      '--silent',
      '--',
      '--task',
      'not ours',
      '--',
      'b',
    ]);
    expect(parsed).toMatchObject({ task: 't', model: 'm', silent: true });
    expect(parsed.rest).toEqual(['a', '--verbose', '-x', '1', '--task', 'not ours', '--', 'b']);
  });

  it.each([
    [['--resume', 'auth bug', '-p', 'go on']],
    [['--resume']],
    [['--resume=9f1c', 'go on']],
    [['-r', 'auth bug']],
    [['--continue', '--fork-session']],
  ])('%j means for Claude Code what it means without codemie', (argv) => {
    const { rest } = parseLaunch(argv, 'codemie-claude', claude.ownFlags);
    expect(rest).toEqual(argv);
    const { argv: started } = claude.launch({ ...FEED, rest }, userWith());
    expect(started.slice(-argv.length)).toEqual(argv);
  });

  it('in a task, --resume alone is the latest session of Claude Code', () => {
    const { argv } = claude.launch({ ...FEED, task: 'go on', rest: ['--resume', '--verbose'] }, userWith());
    expect(argv).toEqual(['-p', 'go on', '--settings', SETTINGS_FILE, '--continue', '--verbose']);
    const { argv: named } = claude.launch({ ...FEED, task: 'x', rest: ['--resume', 'auth bug'] }, userWith());
    expect(named.slice(-2)).toEqual(['--resume', 'auth bug']);
  });

  it('-- before the command of an MCP server is kept', () => {
    expect(parseLaunch(['mcp', 'add', 'x', '--', 'npx', '-y', 'pkg']).rest).toEqual([
      ...['mcp', 'add', 'x', '--', 'npx', '-y', 'pkg'],
    ]);
  });

  it.each([
    [['--bg', 'do it'], /goes on after codemie has ended/],
    [['--background'], /goes on after codemie has ended/],
    [['agents'], /goes on after codemie has ended/],
    [['attach', '9f1c'], /run: claude attach/],
    [['stop', '9f1c'], /run: claude stop/],
    [['--cloud'], /Anthropic's servers/],
    [['--cloud=fix it'], /Anthropic's servers/],
    [['--environment=ccpool_1'], /Anthropic's servers/],
    [['--verbose', '--teleport'], /Anthropic's servers/],
  ])('what cannot work through codemie is refused with the reason: %j', (rest, why) => {
    expect(() => requireSupported(claude, rest)).toThrow(why);
  });

  it('a prompt with such a word is a prompt', () => {
    requireSupported(claude, ['explain agents']);
    requireSupported(claude, ['-p', 'agents']);
    requireSupported(opencode, ['--bg']);
  });

  it('a value can look like a flag', () => {
    expect(parseLaunch(['--task', '--help me']).task).toBe('--help me');
    expect(parseLaunch(['--jwt-token', '-']).jwtToken).toBe('-');
  });

  it.each(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])(
    '--jwt-token-file %s reads standard input, and the agent does not get it too',
    (file) => {
      const parsed = parseLaunch(['--jwt-token-file', file]);
      expect([parsed.jwtToken, parsed.jwtTokenFile]).toEqual(['-', undefined]);
      const both = parseLaunch(['--jwt-token-file', file, '--jwt-token', 't']);
      expect([both.jwtToken, both.jwtTokenFile]).toEqual(['t', file]);
    },
  );

  it.each([
    [['--help'], true],
    [['-h'], true],
    [['--task', 'x', '-h'], true],
    [['mcp', '--help'], false],
    [['--', '--help'], false],
  ])('%j asks for our help: %s', (argv, help) => {
    expect(parseLaunch(argv).help).toBe(help);
  });

  it.each([[['--task']], [['--model', 'a', '--model', 'b']]])('%j is a usage error', (argv) => {
    expect(() => parseLaunch(argv)).toThrow(expect.objectContaining({ exit: 'usage' }));
  });

  it.each([
    [['health'], { fix: 'codemie doctor' }],
    [['--silent', 'health'], { fix: 'codemie doctor' }],
    [['setup', 'skills'], { fix: 'codemie setup' }],
    [['init', '--list'], { hint: expect.stringContaining('put it after --') }],
    [['health', '--', 'x'], { fix: 'codemie doctor' }],
  ])('%j, a command of the earlier launchers, says what to type and calls no model', (argv, advice) => {
    expect(() => parseLaunch(argv)).toThrow(expect.objectContaining({ exit: 'usage', ...advice }));
  });

  it('the same words in a prompt, a task, or after -- go to the agent', () => {
    expect(parseLaunch(['health of this code']).rest).toEqual(['health of this code']);
    expect(parseLaunch(['explain', 'health']).rest).toEqual(['explain', 'health']);
    expect(parseLaunch(['--', 'health']).rest).toEqual(['health']);
    expect(parseLaunch(['--task', 'x', 'setup'])).toMatchObject({ task: 'x', rest: ['setup'] });
  });

  it.each([[['--api-key', 'sk-secret']], [['a', '--api-key=sk-secret', 'b']]])(
    '%j: the key appears neither in the agent’s arguments nor in the error',
    (argv) => {
      let thrown: unknown;
      try {
        parseLaunch(argv);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ exit: 'usage', hint: expect.stringContaining('CODEMIE_API_KEY') });
      expect(JSON.stringify(thrown) + String(thrown)).not.toContain('sk-secret');
    },
  );

  it('short flags go to the agent', () => {
    expect(parseLaunch(['-m', 'x', '-s', '--reasoning-effort', 'high']).rest).toEqual([
      '-m',
      'x',
      '-s',
      '--reasoning-effort',
      'high',
    ]);
  });

  it('nothing after -- is lost or changed', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(parseLaunch(['--', ...words]).rest).toEqual(words);
      }),
    );
  });
});

describe('an agent’s environment', () => {
  it('does not contain our secrets, the profile’s token variable, or variables that bypass the gateway', () => {
    const env = {
      PATH: '/bin',
      CODEMIE_JWT_TOKEN: 'a',
      CODEMIE_PASSPHRASE: 'b',
      MINE: 'c',
      ANTHROPIC_API_KEY: 'd',
      OPENAI_BASE_URL: 'e',
      CLAUDE_CODE_USE_BEDROCK: '1',
      CODEMIE_PROJECT: 'p',
      EDITOR: 'vi',
    };
    const { env: child, removed } = agentEnvironment({
      env,
      platform: 'linux',
      adapter: claude,
      feed: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
      secrets: ['CODEMIE_JWT_TOKEN', 'CODEMIE_PASSPHRASE', 'MINE'],
    });
    expect(child).toEqual({
      PATH: '/bin',
      CODEMIE_PROJECT: 'p',
      EDITOR: 'vi',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    });
    expect(removed).toEqual([
      'CODEMIE_JWT_TOKEN',
      'CODEMIE_PASSPHRASE',
      'MINE',
      'ANTHROPIC_API_KEY',
      'OPENAI_BASE_URL',
      'CLAUDE_CODE_USE_BEDROCK',
    ]);
  });
});

const ANY_MODEL = {
  attachment: true,
  reasoning: false,
  tool_call: true,
  temperature: true,
  limit: { context: 128_000, output: 16_384 },
  modalities: { input: ['text', 'image'], output: ['text'] },
};

describe('OpenCode’s arguments and configuration', () => {
  const feed = {
    gatewayUrl: 'http://127.0.0.1:1',
    key: 'k',
    models: { main: 'm', haiku: 'h', sonnet: 'm', opus: 'm' },
  };
  const user = (env: Record<string, string> = {}) => ({
    env,
    cwd: '/repo',
    userHome: '/home/ada',
    platform: 'linux' as const,
    exists: () => false,
    isFile: () => false,
    namesIn: () => [],
    readFile: () => '',
  });

  it('pass a prompt with --prompt, and a task with run', () => {
    expect(opencode.launch({ ...feed, task: undefined, rest: ['-c', 'explain this'] }, user()).argv).toEqual([
      '-c',
      '--prompt',
      'explain this',
    ]);
    expect(opencode.launch({ ...feed, task: undefined, rest: ['models'] }, user()).argv).toEqual(['models']);
    expect(opencode.launch({ ...feed, task: 'do it', rest: ['--format', 'json'] }, user()).argv).toEqual([
      'run',
      'do it',
      '--format',
      'json',
    ]);
  });

  it.each([
    ['t', [], true],
    [undefined, ['run', 'x'], true],
    [undefined, ['run', '-i'], false],
    ['t', ['--interactive'], false],
    [undefined, [], false],
  ])('task %j, arguments %j: unattended %s', (task, rest, unattended) => {
    expect(opencode.launch({ ...feed, task, rest }, user()).unattended).toBe(unattended);
  });

  it('adds the gateway to the user’s own configuration', () => {
    const own = JSON.stringify({ theme: 'x', model: 'other/y', provider: { other: {} } });
    const { env } = opencode.launch(
      { ...feed, task: 't', rest: [] },
      user({ OPENCODE_CONFIG_CONTENT: own, OPENCODE_DISABLE_AUTOUPDATE: '0' }),
    );
    expect(JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '')).toEqual({
      theme: 'x',
      enabled_providers: ['codemie'],
      disabled_providers: [],
      share: 'disabled',
      model: 'codemie/m',
      small_model: 'codemie/h',
      provider: {
        other: {},
        codemie: {
          name: 'CodeMie',
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: 'http://127.0.0.1:1/v1', apiKey: 'k' },
          models: { m: ANY_MODEL, h: ANY_MODEL },
        },
      },
    });
    expect(env['OPENCODE_DISABLE_AUTOUPDATE']).toBeUndefined();
    const wider = user({ OPENCODE_CONFIG_CONTENT: '{"enabled_providers":["other"]}' });
    expect(
      JSON.parse(
        opencode.launch({ ...feed, task: 't', rest: [] }, wider).env['OPENCODE_CONFIG_CONTENT'] ?? '',
      ),
    ).toMatchObject({ enabled_providers: ['other', 'codemie'] });
    expect(() =>
      opencode.launch({ ...feed, task: 't', rest: [] }, user({ OPENCODE_CONFIG_CONTENT: '[' })),
    ).toThrow(expect.objectContaining({ exit: 'usage' }));
  });

  it('declares what each model can do: pictures, tools, and how long a conversation may be', () => {
    const abilities = new Map([
      ['claude-sonnet-4-6', { images: true, tools: true, temperature: true, maxOutput: 64_000 }],
      ['gpt-5-2025-08-07', { images: true, tools: true, temperature: false, maxOutput: 128_000 }],
      ['deepseek-r1', { images: false, tools: false, temperature: true }],
    ]);
    const listed = [...abilities].map(([id, can]) => ({ id, label: id, isDefault: false, abilities: can }));
    const models = { main: 'x', haiku: 'claude-4-5-haiku', sonnet: 'x', opus: 'x', listed };
    const { env } = opencode.launch({ ...feed, models, task: 't', rest: [] }, user({}));
    const { provider } = JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '') as {
      provider: { codemie: { models: Record<string, unknown> } };
    };
    expect(provider.codemie.models).toMatchObject({
      'claude-sonnet-4-6': { attachment: true, reasoning: true, limit: { context: 200_000, output: 64_000 } },
      'gpt-5-2025-08-07': {
        temperature: false,
        reasoning: true,
        limit: { context: 400_000, output: 128_000 },
      },
      // OpenCode's small tasks take the first variant, and a temperature, which Claude refuses while it thinks.
      'claude-4-5-haiku': {
        variants: { none: {}, low: { reasoningEffort: 'low' }, high: { reasoningEffort: 'high' } },
      },
      'deepseek-r1': {
        attachment: false,
        reasoning: false,
        tool_call: false,
        modalities: { input: ['text'], output: ['text'] },
      },
      x: { attachment: true, tool_call: true },
    });
  });

  it('moves what is too large for a variable into a file, the largest values first, and says so', () => {
    const agent = { big: { prompt: 'ä'.repeat(64_000) } };
    const own = JSON.stringify({ permission: { bash: 'ask' }, agent, provider: { other: {} } });
    const launch = opencode.launch({ ...feed, task: 't', rest: [] }, user({ OPENCODE_CONFIG_CONTENT: own }));
    expect(launch.settings).toBeUndefined();
    const more = JSON.stringify({ ...JSON.parse(own), instructions: ['x'.repeat(2500)] });
    const large = (env: Record<string, string> = {}) =>
      opencode.launch(
        { ...feed, task: 't', rest: [] },
        user({ OPENCODE_CONFIG_CONTENT: more, OPENCODE_CONFIG: '', ...env }),
      );
    const { env, settings, notices } = large();
    expect(JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '')).toMatchObject({
      permission: { bash: 'ask' },
      enabled_providers: ['codemie'],
      provider: { other: {}, codemie: { options: { apiKey: 'k' } } },
    });
    expect([env['OPENCODE_CONFIG'], settings]).toEqual([SETTINGS_FILE, { agent }]);
    expect(JSON.stringify(settings)).not.toContain('127.0.0.1');
    expect(notices).toEqual([expect.stringContaining('agent')]);
    expect(() => large({ OPENCODE_CONFIG: '/my/config.json' })).toThrow(/already names a file/);
  });
});

it.each(['codemie-claude', 'codemie-codex', 'codemie-gemini', 'codemie-opencode'])(
  '%s --task without a value names its own help',
  (command) => {
    expect(() => parseLaunch(['--task'], command)).toThrow(
      expect.objectContaining({ message: '--task needs a value.', fix: `${command} --help` }),
    );
  },
);
