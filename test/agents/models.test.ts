import { describe, expect, it } from 'vitest';
import { claude } from '../../src/agents/claude.ts';
import { chooseModels } from '../../src/agents/models.ts';
import type { Selection } from '../../src/config/select.ts';
import { fixedAccess } from '../../src/credentials/keeper.ts';
import { testContext } from '../support/context.ts';
import { fakePlatform, jwtCredential } from '../support/platform.ts';

const LIST = ['gpt-5', 'claude-opus-4-6', 'claude-sonnet-4-6', 'claude-haiku-4-5'];

/** What is chosen on a platform with this list, and how many requests it took. */
async function chosen(settings: Partial<Selection>, typed: boolean, list: readonly string[] | number = LIST) {
  const platform = await fakePlatform((_request, response) => {
    if (typeof list === 'number') return void response.writeHead(list).end();
    response.end(JSON.stringify(list.map((id) => ({ base_name: id, label: id, enabled: true }))));
  });
  const access = fixedAccess(platform.origin, jwtCredential(platform.origin), settings);
  const models = await chooseModels(testContext(), access, claude, typed);
  return { models, requests: platform.requests() };
}
const TIERS = { haiku: 'claude-haiku-4-5', sonnet: 'claude-sonnet-4-6', opus: 'claude-opus-4-6' };

describe('a tier’s name as the model', () => {
  it.each(['haiku', 'sonnet', 'opus', 'Opus'])(
    '%s is the best of that tier; the tiers stay what they are',
    async (model) => {
      for (const typed of [true, false]) {
        const { models } = await chosen({ model }, typed);
        expect(models).toEqual({ main: TIERS[model.toLowerCase() as keyof typeof TIERS], ...TIERS });
      }
    },
  );

  it('is the profile’s model of that tier, where it has one', async () => {
    const profile = { opusModel: 'my-opus', haikuModel: 'my-haiku' } as Selection['profile'];
    expect((await chosen({ model: 'opus', profile }, true)).models).toEqual({
      main: 'my-opus',
      haiku: 'my-haiku',
      sonnet: TIERS.sonnet,
      opus: 'my-opus',
    });
  });

  it('is an error where there is none, and the platform’s to judge when it cannot say', async () => {
    await expect(chosen({ model: 'opus' }, true, ['gpt-5', 'claude-sonnet-4-6'])).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
    });
    expect((await chosen({ model: 'opus' }, true, 503)).models.main).toBe('opus');
    expect((await chosen({ model: 'opus' }, true, ['opus', 'claude-opus-4-6'])).models.main).toBe('opus');
  });
});

it('a model by its full name is meant for every tier, and costs a request only when it was typed', async () => {
  const all = (main: string) => ({ main, haiku: main, sonnet: main, opus: main });
  expect(await chosen({ model: 'gpt-5' }, false)).toEqual({ models: all('gpt-5'), requests: 0 });
  expect(await chosen({ model: 'gpt-5' }, true)).toEqual({ models: all('gpt-5'), requests: 1 });
});

it('no model at all: the best for the agent, the profile’s tiers before those of the list', async () => {
  const profile = { haikuModel: 'my-haiku' } as Selection['profile'];
  expect((await chosen({ profile }, false)).models).toEqual({
    ...TIERS,
    main: 'claude-sonnet-4-6',
    haiku: 'my-haiku',
  });
});
