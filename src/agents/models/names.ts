import type { Model } from '../../platform-api/shapes.ts';

/** A model's maker, as far as its name shows it. */
export type Family = 'claude' | 'openai' | 'gemini';

const FAMILIES: readonly (readonly [Family, RegExp])[] = [
  ['claude', /^claude/],
  ['gemini', /^gemini/],
  ['openai', /^(chat)?gpt|^o\d|^codex/],
];

/** Where the model's own name starts in a longer one, such as `azure-gpt-5` or `databricks-claude-sonnet-4`. */
const START = /(?<![a-z\d])(claude|gemini|(chat)?gpt|o\d(?![a-z\d])|codex)/;

/** Variants of OpenRouter, and versions of Bedrock and Vertex AI, which are the same model. */
const SUFFIX =
  /(-v?\d+(:\d+\w*)+|-v\d+|:(beta|exacto|extended|floor|free|nitro|online|thinking)|[-@:](default|latest))$/;

/** Claude's tiers, by the names people use. In settings, such a name stands for the newest model of the tier. */
export const TIERS = ['haiku', 'sonnet', 'opus'] as const;
export type Tier = (typeof TIERS)[number];

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

/** Without the folders, hosts and regions before it, and the version of the service after it. */
const withoutHost = (id: string): string =>
  (id.toLowerCase().split('/').at(-1) ?? '').replace(/^([a-z][a-z-]*\.)+/, '').replace(SUFFIX, '');

/**
 * The model's own name, whatever a provider puts around it: `bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0`
 * becomes `claude-opus-4-1-20250805`, and `azure-gpt-5` becomes `gpt-5`.
 */
export function bareName(id: string): string {
  const name = withoutHost(id);
  return name.slice(START.exec(name)?.index ?? 0);
}

/** @returns undefined for a name that shows no family, such as one a platform made up. */
export function familyOf(id: string): Family | undefined {
  const name = bareName(id);
  return FAMILIES.find(([, pattern]) => pattern.test(name))?.[0];
}

/** @returns whether a coding agent can use the model. */
export function isForWork(id: string): boolean {
  return !withoutHost(id)
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

/**
 * @returns whether two names are the same model, in whatever order a provider puts the parts, and with or without its
 *   release date: `claude-4-5-sonnet` is `us.anthropic.claude-sonnet-4-5-20250929-v1:0`.
 */
export function isSameModel(a: string, b: string): boolean {
  if (familyOf(a) === undefined || partsOf(a) !== partsOf(b)) return false;
  const [left, right] = [ageOf(a).date, ageOf(b).date];
  return left === right || left === 0 || right === 0;
}

function partsOf(id: string): string {
  const words = bareName(id)
    .replace(DATE, '')
    .split(/[^a-z\d]+/);
  return words
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}

/** @returns Anthropic's own name for a Claude model, without its date; undefined for any other model. */
export function vendorName(id: string): string | undefined {
  const tier = TIERS.find((one) => bareName(id).includes(one));
  const [major, minor] = ageOf(id).version;
  if (familyOf(id) !== 'claude' || tier === undefined || major < 3) return undefined;
  const version = minor === 0 ? `${major}` : `${major}-${minor}`;
  return major === 3 ? `claude-${version}-${tier}` : `claude-${tier}-${version}`;
}

/** @returns whether a model can think before it answers, as far as its name shows it. */
export function canReason(id: string): boolean {
  const [major, minor] = ageOf(id).version;
  switch (familyOf(id)) {
    case 'claude':
      return major > 3 || (major === 3 && minor >= 7);
    case 'gemini':
      return major > 2 || (major === 2 && minor >= 5);
    case 'openai':
      return /^o\d|^codex|oss/.test(bareName(id)) || (major >= 5 && !bareName(id).includes('chat'));
    default:
      return false;
  }
}
