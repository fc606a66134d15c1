import { expect, it } from 'vitest';
import { windowOf } from '../../../src/agents/models/windows.ts';

it.each([
  ['claude-sonnet-4-6', 200_000, 64_000],
  ['claude-4-5-haiku', 200_000, 64_000],
  ['bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0', 200_000, 64_000],
  ['claude-3-haiku-20240307', 200_000, 8192],
  ['gpt-4.1-mini', 1_047_576, 32_768],
  ['gpt-5-2025-08-07', 400_000, 128_000],
  ['gpt-4o', 128_000, 16_384],
  ['gpt-3.5-turbo', 16_384, 4096],
  ['o4-mini-2025-04-16', 200_000, 100_000],
  ['gemini-3.1-pro', 1_048_576, 65_536],
  ['deepseek-r1', 128_000, 16_384],
])('%s takes %d tokens and answers %d', (id, context, output) => {
  expect(windowOf(id)).toEqual({ context, output });
});
