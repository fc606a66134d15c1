import { bareName } from './names.ts';

/** How many tokens a model takes in one conversation, and how many it answers at most. */
export interface Window {
  readonly context: number;
  readonly output: number;
}

/** As the vendors' model pages say; a platform names only the output. First match wins. */
const WINDOWS: readonly (readonly [RegExp, Window])[] = [
  [/claude-((opus|sonnet|haiku)-)?[4-9](?!\d)/, { context: 200_000, output: 64_000 }],
  [/claude/, { context: 200_000, output: 8192 }],
  [/gpt-?4\.1/, { context: 1_047_576, output: 32_768 }],
  [/gpt-?[5-9]|codex/, { context: 400_000, output: 128_000 }],
  [/gpt-?4o/, { context: 128_000, output: 16_384 }],
  [/gpt-?(3|4(?!\.))/, { context: 16_384, output: 4096 }],
  [/^o\d/, { context: 200_000, output: 100_000 }],
  [/gemini/, { context: 1_048_576, output: 65_536 }],
];

/** Safe for models that nobody knows: too small a window shortens a conversation early, too large a one ends it. */
const UNKNOWN: Window = { context: 128_000, output: 16_384 };

export function windowOf(id: string): Window {
  const name = bareName(id);
  return WINDOWS.find(([pattern]) => pattern.test(name))?.[1] ?? UNKNOWN;
}
