import type { Model } from '../../platform-api/shapes.ts';

/** A model's maker, as far as its name shows it. */
export type Family = 'claude' | 'openai' | 'gemini';

const FAMILIES: readonly (readonly [Family, RegExp])[] = [
  ['claude', /claude/],
  ['gemini', /gemini/],
  ['openai', /^(chat)?gpt|^o\d|^codex/],
];

/** Claude's tiers, by the names people use. In settings, such a name stands for the newest model of the tier. */
export const TIERS = ['haiku', 'sonnet', 'opus'] as const;
export type Tier = (typeof TIERS)[number];

/** @returns whether a platform's list has a model of this name. */
export function isListed(models: readonly Model[], wanted: string): boolean {
  return models.some(({ id, names = [] }) => id === wanted || names.includes(wanted));
}

/** Kinds of OpenAI models, best first: full models, then small or slow ones, then reasoning-only ones. */
export const OPENAI_KINDS: readonly RegExp[] = [
  /^gpt-?\d(?!.*(mini|nano|chat|pro$|pro-|oss))/,
  /^(chat)?gpt|^codex/,
  /^o\d(?!.*(mini|pro))/,
  /^o\d/,
];

/** Words in the names of models that do not output text or do not hold a conversation. */
const NOT_FOR_WORK = new Set(
  'audio computer dall dalle embed embedding embeddings image imagen images live moderation realtime rerank robotics sora speech transcribe transcription tts veo whisper'.split(
    ' ',
  ),
);

/** A release date anywhere in a name, with or without dashes. */
const DATE = /(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)/;

/** One or two numbers. In `4-32k`, `20b` and `4-0613` the number is followed by something that is not a version. */
const VERSION = /(?<![\d.])(\d{1,2})(?![\db])(?:[.-](\d{1,2})(?![\dkb]))?/;

/**
 * The name without its hosting prefix and suffix: `bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0` becomes
 * `claude-opus-4-1-20250805`.
 */
export function bareName(id: string): string {
  return (id.toLowerCase().split('/').at(-1) ?? '')
    .replace(/^([a-z][a-z-]*\.)+/, '')
    .replace(/-v\d+(:\d+\w*)?$/, '');
}

/** @returns undefined for a name that shows no family, such as one a platform made up. */
export function familyOf(id: string): Family | undefined {
  const name = bareName(id);
  return FAMILIES.find(([, pattern]) => pattern.test(name))?.[0];
}

/** @returns whether a coding agent can use the model. */
export function isForWork(id: string): boolean {
  return !bareName(id)
    .split(/[^a-z\d]+/)
    .some((word) => NOT_FOR_WORK.has(word));
}

export interface Age {
  /** `[4, 5]` for `claude-4-5-sonnet` and `claude-sonnet-4-5`; `[0, 0]` when there is none. */
  readonly version: readonly [number, number];
  /** For example `20251101`; 0 when there is none. */
  readonly date: number;
}

export function ageOf(id: string): Age {
  const name = bareName(id);
  const [date = '', ...parts] = DATE.exec(name) ?? [];
  const [, major = '0', minor] = VERSION.exec(name.replace(date, '')) ?? [];
  // Azure's names have no dots: `gpt-35-turbo`.
  const version: [number, number] =
    minor === undefined && major.length === 2 && Number(major) > 20
      ? [Number(major[0]), Number(major[1])]
      : [Number(major), Number(minor ?? 0)];
  return { version, date: Number(parts.join('') || 0) };
}

/**
 * Sorts the newest first: by version, then the platform's default, then releases before previews, then by date. The
 * order of the list means nothing; the name breaks ties, so that the choice is stable.
 *
 * @param meantFor a word in the names of models made for this agent: they come first within a version.
 */
export function newestFirst(models: readonly Model[], meantFor?: string): readonly Model[] {
  const keys = new Map(models.map((model) => [model, keyOf(model, meantFor)]));
  return [...models].sort((a, b) => {
    const [left, right] = [keys.get(a) ?? [], keys.get(b) ?? []];
    for (let i = 0; i < left.length; i += 1) {
      const difference = (right[i] ?? 0) - (left[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.id < b.id ? -1 : 1;
  });
}

function keyOf(model: Model, meantFor: string | undefined): readonly number[] {
  const name = bareName(model.id);
  const { version, date } = ageOf(model.id);
  const isMeant = meantFor !== undefined && name.includes(meantFor);
  const isFinished = !/preview|beta|exp(?![a-z])/.test(name);
  return [...version, Number(isMeant), Number(model.isDefault), Number(isFinished), date];
}
