import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../../src/agents/adapters/table.ts';
import { bestFor, chooseModels } from '../../../src/agents/models/choose.ts';
import { ageOf, bareName, familyOf, isForWork, newestFirst } from '../../../src/agents/models/names.ts';
import type { EffectiveSettings } from '../../../src/config/selection.ts';
import { fixedAccess } from '../../../src/credentials/fixed-access.ts';
import type { Model } from '../../../src/platform-api/shapes.ts';
import { testContext } from '../../support/context.ts';
import { fakePlatform, jwtCredential } from '../../support/platform.ts';

type Name = 'claude' | 'opencode' | 'codex' | 'gemini';
const adapterOf = (name: Name) => {
  const adapter = ADAPTERS.find((entry) => entry.name === name);
  if (adapter === undefined) throw new Error(name);
  return adapter;
};

/** The models of a real platform (2.42.0), in its order; the first is the default. */
const REAL =
  'gpt-4.1 gpt-4.1-mini gpt-5-2025-08-07 gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07 o3-mini o1 o3-2025-04-16 o4-mini-2025-04-16 claude-4-5-haiku claude-4-5-sonnet claude-sonnet-4-6 claude-opus-4-5-20251101 claude-opus-4-6-20260205 gemini-3-flash gemini-3.1-pro gemini-3.1-flash-image deepseek-r1'.split(
    ' ',
  );
const NEWEST = {
  haiku: 'claude-4-5-haiku',
  sonnet: 'claude-sonnet-4-6',
  opus: 'claude-opus-4-6-20260205',
};

interface Options {
  readonly agent?: Name;
  readonly typed?: boolean;
  readonly list?: readonly string[] | number;
  readonly env?: Record<string, string>;
}

/** Chooses on a platform with this list, whose first model is the default, and counts the requests. */
async function chosen(settings: Partial<EffectiveSettings>, options: Options = {}) {
  const { agent = 'claude', typed = false, list = REAL, env = {} } = options;
  const platform = await fakePlatform((_request, response) => {
    if (typeof list === 'number') return void response.writeHead(list).end();
    response.end(
      JSON.stringify(list.map((id, i) => ({ base_name: id, label: id, enabled: true, default: i === 0 }))),
    );
  });
  const access = fixedAccess(platform.origin, jwtCredential(platform.origin), { env, ...settings });
  const {
    listed: _listed,
    isNamed: _isNamed,
    isOpen: _isOpen,
    ...models
  } = await chooseModels(testContext(), access, adapterOf(agent), typed);
  return { ...models, requests: platform.requests() };
}
const tiers = { haiku: NEWEST.haiku, sonnet: NEWEST.sonnet, opus: NEWEST.opus };

describe('with no model set, on a real platform’s list', () => {
  it.each([
    ['claude', 'claude-sonnet-4-6'],
    ['opencode', 'claude-sonnet-4-6'],
    ['codex', 'gpt-5-2025-08-07'],
    ['gemini', 'gemini-3.1-pro'],
  ] as const)('codemie-%s starts on %s, wherever it stands in the list', async (agent, main) => {
    const orders = [REAL, [...REAL].reverse(), [...REAL].sort()];
    for (const list of orders) expect(await chosen({}, { agent, list })).toMatchObject({ main, ...tiers });
  });

  it('the platform’s default only breaks ties within the agent’s family', async () => {
    expect((await chosen({}, { list: ['gpt-4.1', 'claude-sonnet-4-5'] })).main).toBe('claude-sonnet-4-5');
    const twins = ['claude-sonnet-4-5-20250929', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'];
    for (const list of [twins, [...twins].reverse()]) expect((await chosen({}, { list })).main).toBe(list[0]);
    const older = ['claude-sonnet-4', 'claude-sonnet-4-6'];
    expect((await chosen({}, { list: older })).main).toBe('claude-sonnet-4-6');
  });

  it('a platform without the agent’s family gives its default, but never an image model', async () => {
    expect((await chosen({}, { agent: 'gemini', list: ['gpt-5', 'o1'] })).main).toBe('gpt-5');
    const list = ['gemini-3.1-flash-image', 'gpt-5'];
    expect((await chosen({}, { agent: 'gemini', list })).main).toBe('gpt-5');
    await expect(chosen({}, { list: [] })).rejects.toMatchObject({ code: 'NO_MODEL', exit: 'denied' });
  });

  it('a name that Gemini CLI replaces is chosen only as a last resort', async () => {
    const agent = 'gemini';
    expect((await chosen({}, { agent, list: ['gemini-3-flash', 'gemini-2.5-flash'] })).main).toBe(
      'gemini-2.5-flash',
    );
    expect((await chosen({}, { agent, list: ['gpt-5', 'gemini-3-flash'] })).main).toBe('gemini-3-flash');
  });

  it('the profile’s tiers take precedence over the list', async () => {
    const profile = { haikuModel: 'my-haiku' } as EffectiveSettings['profile'];
    expect(await chosen({ profile })).toMatchObject({ ...tiers, haiku: 'my-haiku', main: NEWEST.sonnet });
  });
});

describe('a saved model', () => {
  it('keeps each tier of Claude Code, so that /model lists three models', async () => {
    const models = await chosen({ model: 'claude-4-5-sonnet' });
    expect(models).toMatchObject({ main: 'claude-4-5-sonnet', ...tiers, sonnet: 'claude-4-5-sonnet' });
  });

  it.each([
    ['claude-sonnet-4-6', 'codex', 'gpt-5-2025-08-07'],
    ['claude-sonnet-4-6', 'gemini', 'gemini-3.1-pro'],
    ['claude-4-5-haiku', 'opencode', 'claude-4-5-haiku'],
    ['opus', 'codex', 'gpt-5-2025-08-07'],
    ['opus', 'claude', NEWEST.opus],
    ['gpt-4.1', 'claude', 'claude-sonnet-4-6'],
    ['gpt-4.1', 'codex', 'gpt-4.1'],
    // The platform knows what a name without a family is.
    ['our-router', 'claude', 'our-router'],
    ['our-router', 'gemini', 'our-router'],
  ] as const)('%s: codemie-%s starts on %s', async (model, agent, main) => {
    expect((await chosen({ model }, { agent })).main).toBe(main);
  });

  it('of another family is used as a last resort', async () => {
    const list = ['o1', 'gpt-4.1'];
    expect((await chosen({ model: 'gpt-4.1' }, { agent: 'gemini', list })).main).toBe('gpt-4.1');
  });

  it('starts the agent with one request, even if the platform cannot list its models', async () => {
    const model = 'claude-sonnet-4-6';
    const all = { main: model, haiku: model, sonnet: model, opus: model };
    expect(await chosen({ model }, { list: 404 })).toEqual({ ...all, requests: 1 });
  });
});

describe('a model named for this run', () => {
  it('is the main model, whatever its family; the tiers stay the same', async () => {
    const model = 'gpt-5-2025-08-07';
    expect(await chosen({ model }, { typed: true })).toMatchObject({ main: model, ...tiers, requests: 1 });
    expect(await chosen({ model: `codemie/${model}` }, { typed: true })).toMatchObject({ main: model });
    expect(await chosen({ model }, { env: { CODEMIE_MODEL: model } })).toMatchObject({ main: model });
    expect((await chosen({ model }, { typed: true, agent: 'gemini' })).main).toBe(model);
  });

  it('is used with a notice and similar names when a setting names one that is not offered', async () => {
    const settings = { model: 'claude-sonnet-4-7' };
    expect(await chosen(settings, { env: { CODEMIE_MODEL: 'claude-sonnet-4-7' } })).toMatchObject({
      main: 'claude-sonnet-4-7',
      notice: expect.stringMatching(
        /"claude-sonnet-4-7" isn't available to you\. Did you mean claude-sonnet-4-6/,
      ),
    });
    expect(await chosen(settings)).toHaveProperty('notice');
    expect(await chosen({ model: 'claude-sonnet-4-6' })).not.toHaveProperty('notice');
  });

  it('is rejected with similar names when it has a typo', async () => {
    await expect(chosen({ model: 'claude-sonet-4-6' }, { typed: true })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      message: expect.stringContaining('claude-sonnet-4-6'),
    });
  });

  it.each(['haiku', 'sonnet', 'opus', 'Opus'])(
    '%s is the newest of that tier; the tiers stay the same',
    async (model) => {
      const main = NEWEST[model.toLowerCase() as keyof typeof NEWEST];
      for (const typed of [true, false])
        expect(await chosen({ model }, { typed })).toMatchObject({ main, ...tiers });
    },
  );

  it('a tier name is the profile’s model of that tier, if it has one', async () => {
    const profile = { opusModel: 'my-opus', haikuModel: 'my-haiku' } as EffectiveSettings['profile'];
    const models = await chosen({ model: 'opus', profile }, { typed: true });
    expect(models).toMatchObject({
      main: 'my-opus',
      haiku: 'my-haiku',
      sonnet: NEWEST.sonnet,
      opus: 'my-opus',
    });
  });

  it('a tier name fails when the list has none, and goes to the platform when there is no list', async () => {
    const typed = true;
    const list = ['gpt-5', 'claude-sonnet-4-6'];
    await expect(chosen({ model: 'opus' }, { typed, list })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
    });
    expect((await chosen({ model: 'opus' }, { typed, list: 404 })).main).toBe('opus');
    expect((await chosen({ model: 'opus' }, { typed, list: ['opus', NEWEST.opus] })).main).toBe('opus');
  });
});

describe('the name of a model', () => {
  it.each([
    ['claude-4-5-sonnet', 'claude', [4, 5], 0],
    ['claude-sonnet-4-6', 'claude', [4, 6], 0],
    ['claude-sonnet-4.5', 'claude', [4, 5], 0],
    ['claude-sonnet-4-10', 'claude', [4, 10], 0],
    ['claude-3-7-sonnet', 'claude', [3, 7], 0],
    ['claude-opus-4-20250514', 'claude', [4, 0], 20250514],
    ['claude-opus-4-5-20251101', 'claude', [4, 5], 20251101],
    ['claude-opus-4-1@20250805', 'claude', [4, 1], 20250805],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', 'claude', [4, 1], 20250805],
    ['bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude', [4, 5], 20250929],
    ['anthropic/claude-3.5-haiku', 'claude', [3, 5], 0],
    ['vertex_ai/claude-sonnet-4-5@20250929', 'claude', [4, 5], 20250929],
    ['gpt-5-2025-08-07', 'openai', [5, 0], 20250807],
    ['azure/gpt-4.1-mini', 'openai', [4, 1], 0],
    ['gpt-35-turbo', 'openai', [3, 5], 0],
    ['gpt-4-0613', 'openai', [4, 0], 0],
    ['gpt-4-32k', 'openai', [4, 0], 0],
    ['gpt-4o-2024-11-20', 'openai', [4, 0], 20241120],
    ['gpt-oss-20b', 'openai', [0, 0], 0],
    ['o3-2025-04-16', 'openai', [3, 0], 20250416],
    ['gpt-5.1-codex-max', 'openai', [5, 1], 0],
    ['gemini-3.1-pro', 'gemini', [3, 1], 0],
    ['google/gemini-2.5-pro-preview-05-06', 'gemini', [2, 5], 0],
    ['gemini-2.0-flash-001', 'gemini', [2, 0], 0],
    ['deepseek-r1', undefined, [1, 0], 0],
  ] as const)('%s is read', (id, family, version, date) => {
    expect([familyOf(id), ageOf(id)]).toEqual([family, { version, date }]);
  });

  it.each([
    'gemini-3.1-flash-image',
    'gpt-image-1',
    'text-embedding-3-large',
    'gemini-embedding-001',
    'amazon.titan-embed-text-v2:0',
    'gpt-4o-audio-preview',
    'gemini-2.5-flash-preview-tts',
    'dall-e-3',
    'imagen-4',
    'gpt-realtime',
  ])('an agent cannot work with %s', (id) => expect(isForWork(id)).toBe(false));

  it('word order and prefixes do not change a model', () => {
    expect(bareName('us.anthropic.claude-opus-4-1-20250805-v1:0')).toBe('claude-opus-4-1-20250805');
    expect(ageOf('claude-4-6-sonnet')).toEqual(ageOf('claude-sonnet-4-6'));
  });
});

const models = (...ids: string[]): Model[] => ids.map((id) => ({ id, label: id, isDefault: false }));

it('a release is newer than a preview of the same version, and a later date than an earlier one', () => {
  const ids = ['gemini-3.1-pro-preview', 'gemini-2.5-pro', 'gemini-3.1-pro', 'gemini-3-pro'];
  expect(newestFirst(models(...ids)).map(({ id }) => id)).toEqual([
    'gemini-3.1-pro',
    'gemini-3.1-pro-preview',
    'gemini-3-pro',
    'gemini-2.5-pro',
  ]);
  const dated = models('claude-opus-4-5-20251001', 'claude-opus-4-5-20251101');
  expect(newestFirst(dated)[0]?.id).toBe('claude-opus-4-5-20251101');
});

it.each([
  ['codex', ['gpt-5', 'gpt-5-codex', 'gpt-5-mini', 'gpt-5-pro'], 'gpt-5-codex'],
  ['codex', ['gpt-5-codex', 'gpt-5.2', 'gpt-5.2-chat'], 'gpt-5.2'],
  ['codex', ['gpt-4o', 'gpt-4.1', 'gpt-4-turbo'], 'gpt-4.1'],
  ['codex', ['o3', 'o4-mini', 'gpt-5-nano'], 'gpt-5-nano'],
  ['codex', ['o1', 'o4-mini', 'o3'], 'o3'],
  ['opencode', ['gpt-4.1', 'gpt-5', 'gemini-3.1-pro'], 'gpt-5'],
  ['gemini', ['gemini-3.1-flash', 'gemini-2.5-pro', 'gemini-2.5-flash-lite'], 'gemini-2.5-pro'],
  ['gemini', ['gemini-2.5-flash-lite', 'gemini-2.0-flash'], 'gemini-2.0-flash'],
  ['claude', ['claude-opus-4-6', 'claude-haiku-4-5'], 'claude-opus-4-6'],
] as const)('codemie-%s, of %j: %s', (agent, ids, best) => {
  for (const list of [ids, [...ids].reverse()]) expect(bestFor(models(...list), adapterOf(agent))).toBe(best);
});
