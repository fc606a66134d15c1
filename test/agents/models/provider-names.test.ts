import { describe, expect, it } from 'vitest';
import {
  bareName,
  canReason,
  familyOf,
  isForWork,
  isSameModel,
  vendorName,
} from '../../../src/agents/models/names.ts';
import { offeredAs } from '../../../src/agents/models/offered.ts';
import { windowOf } from '../../../src/agents/models/windows.ts';
import { listOf } from '../../support/launch-input.ts';

/** Names as providers give them, each with the model's own name. */
const NAMES: readonly (readonly [string, string, 'claude' | 'openai' | 'gemini' | undefined])[] = [
  // Azure, where a deployment has any name.
  ['azure-gpt-5', 'gpt-5', 'openai'],
  ['azure/gpt-4.1-mini', 'gpt-4.1-mini', 'openai'],
  ['azure/eu/gpt-5-2025-08-07', 'gpt-5-2025-08-07', 'openai'],
  ['azure/o4-mini', 'o4-mini', 'openai'],
  ['prod-o3-mini-2025-01-31', 'o3-mini-2025-01-31', 'openai'],
  ['codemie-gpt-4.1-2025-04-14', 'gpt-4.1-2025-04-14', 'openai'],
  ['team_a_gpt-35-turbo', 'gpt-35-turbo', 'openai'],
  ['azure_ai/claude-opus-4-1', 'claude-opus-4-1', 'claude'],
  // Bedrock: regions, versions of the service, ARNs.
  ['anthropic.claude-3-haiku-20240307-v1:0', 'claude-3-haiku-20240307', 'claude'],
  ['anthropic.claude-3-sonnet-20240229-v1:0:200k', 'claude-3-sonnet-20240229', 'claude'],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5-20250929', 'claude'],
  ['us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0', 'claude-3-5-sonnet-20240620', 'claude'],
  ['global.anthropic.claude-opus-4-6-v1', 'claude-opus-4-6', 'claude'],
  ['apac.anthropic.claude-sonnet-4-20250514-v1:0', 'claude-sonnet-4-20250514', 'claude'],
  ['bedrock/converse/us.anthropic.claude-opus-4-5-20251101-v1:0', 'claude-opus-4-5-20251101', 'claude'],
  ['bedrock/eu-west-1/anthropic.claude-3-7-sonnet-20250219-v1:0', 'claude-3-7-sonnet-20250219', 'claude'],
  [
    'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'claude-sonnet-4-5-20250929',
    'claude',
  ],
  [
    'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0',
    'claude-3-haiku-20240307',
    'claude',
  ],
  ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3', 'a1b2c3', undefined],
  ['openai.gpt-oss-120b-1:0', 'gpt-oss-120b', 'openai'],
  // Vertex AI.
  ['claude-sonnet-4-5@20250929', 'claude-sonnet-4-5@20250929', 'claude'],
  ['vertex_ai/claude-opus-4-1@default', 'claude-opus-4-1', 'claude'],
  ['vertex_ai/gemini-2.5-pro', 'gemini-2.5-pro', 'gemini'],
  ['projects/p/locations/global/publishers/google/models/gemini-3-pro', 'gemini-3-pro', 'gemini'],
  ['publishers/anthropic/models/claude-haiku-4-5@20251001', 'claude-haiku-4-5@20251001', 'claude'],
  ['models/gemini-2.5-flash', 'gemini-2.5-flash', 'gemini'],
  // LiteLLM, OpenRouter and others.
  ['litellm/gpt-5', 'gpt-5', 'openai'],
  ['litellm_proxy/anthropic/claude-sonnet-4-5', 'claude-sonnet-4-5', 'claude'],
  ['gemini/gemini-2.5-flash-lite', 'gemini-2.5-flash-lite', 'gemini'],
  ['openai/responses/gpt-5-codex', 'gpt-5-codex', 'openai'],
  ['github_copilot/gpt-5.1-codex-max', 'gpt-5.1-codex-max', 'openai'],
  ['openrouter/anthropic/claude-3.7-sonnet:thinking', 'claude-3.7-sonnet', 'claude'],
  ['openai/gpt-oss-20b:free', 'gpt-oss-20b', 'openai'],
  ['google/gemini-2.5-pro:nitro', 'gemini-2.5-pro', 'gemini'],
  ['databricks-claude-sonnet-4', 'claude-sonnet-4', 'claude'],
  ['OpenAI/GPT-5', 'gpt-5', 'openai'],
  ['openai/chatgpt-4o-latest', 'chatgpt-4o', 'openai'],
  ['openai/codex-mini-latest', 'codex-mini', 'openai'],
  // Of none of the families.
  ['deepseek/deepseek-r1', 'deepseek-r1', undefined],
  ['mistral-large-2411', 'mistral-large-2411', undefined],
  ['azure/phi4', 'phi4', undefined],
  ['qwen3-30b-a3b', 'qwen3-30b-a3b', undefined],
  ['amazon.nova-pro-v1:0', 'nova-pro', undefined],
];

describe('a model is known by any name that a provider gives it', () => {
  it.each(NAMES)('%s is %s', (id, bare, family) => {
    expect([bareName(id), familyOf(id)]).toEqual([bare, family]);
    expect(windowOf(id)).toEqual(windowOf(bare));
  });

  it('and so is one that no agent can work with', () => {
    for (const id of ['azure-gpt-image-1', 'team-embedding-gemini-001', 'prod-gpt-4o-audio-preview'])
      expect(isForWork(id), id).toBe(false);
  });
});

it.each([
  ['claude-4-5-haiku', 'claude-haiku-4-5'],
  ['eu.anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
  ['claude-opus-4-20250514', 'claude-opus-4'],
  ['anthropic/claude-3.7-sonnet', 'claude-3-7-sonnet'],
  ['claude-3-haiku-20240307', 'claude-3-haiku'],
  ['our-claude', undefined],
  ['gpt-5', undefined],
])('Anthropic calls %s %s', (id, name) => expect(vendorName(id)).toBe(name));

it.each([
  ['claude-sonnet-4-6', true],
  ['anthropic/claude-3.7-sonnet', true],
  ['claude-3-5-sonnet-20241022', false],
  ['azure-gpt-5-mini', true],
  ['gpt-5-chat-latest', false],
  ['gpt-4.1', false],
  ['prod-o3-mini', true],
  ['openai.gpt-oss-120b-1:0', true],
  ['vertex_ai/gemini-2.5-pro', true],
  ['gemini-2.0-flash', false],
  ['our-router', false],
])('%s can think before it answers: %s', (id, can) => expect(canReason(id)).toBe(can));

describe('two names are the same model', () => {
  it.each([
    ['claude-4-5-sonnet', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4.5', 'vertex_ai/claude-sonnet-4-5@20250929'],
    ['gpt-5', 'gpt-5-2025-08-07'],
    ['azure-gpt-5', 'litellm/gpt-5'],
    ['Claude-Opus-4-6', 'claude-opus-4-6-20260205'],
    ['claude-3-5-sonnet-latest', 'anthropic/claude-3.5-sonnet'],
  ])('%s and %s', (a, b) => expect([isSameModel(a, b), isSameModel(b, a)]).toEqual([true, true]));

  it.each([
    ['claude-sonnet-4', 'claude-sonnet-4-5'],
    ['gpt-5', 'gpt-5-mini-2025-08-07'],
    ['gpt-5-2025-08-07', 'gpt-5-2025-10-01'],
    ['gpt-4.1', 'gpt-4'],
    ['gemini-3-pro', 'gemini-3-pro-preview'],
    ['gpt-oss:20b', 'gpt-oss:120b'],
    ['mistral-large', 'large-mistral'],
  ])('but not %s and %s', (a, b) => expect([isSameModel(a, b), isSameModel(b, a)]).toEqual([false, false]));
});

describe('what a platform offers', () => {
  const models = [
    { id: 'gpt-5-2025-08-07', names: ['gpt-5-2025-08-07', 'our-deployment'], label: '', isDefault: false },
    ...listOf('claude-opus-4-5-20251101', 'claude-opus-4-6-20260205', 'claude-sonnet-4-6', 'our-router'),
  ];

  it.each([
    ['gpt-5-2025-08-07', 'gpt-5-2025-08-07'],
    ['our-deployment', 'our-deployment'],
    ['our-router', 'our-router'],
    ['codemie/gpt-5', 'gpt-5-2025-08-07'],
    ['opus', 'claude-opus-4-6-20260205'],
    ['Opus', 'claude-opus-4-6-20260205'],
    ['claude-opus-4-5', 'claude-opus-4-5-20251101'],
    ['haiku', undefined],
    ['gpt-5-mini', undefined],
    ['Our-Router', undefined],
  ])('%s is %s', (wanted, name) => expect(offeredAs(models, wanted)).toBe(name));

  it('is also what a profile names for a tier', () => {
    expect(offeredAs(models, 'Haiku', { haikuModel: 'our-haiku' })).toBe('our-haiku');
  });
});
