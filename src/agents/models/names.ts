import type { Model } from '../../platform-api/shapes.ts';

/** Whose models they are, as far as a name tells. */
export type Family = 'claude' | 'openai' | 'gemini';

const FAMILIES: readonly (readonly [Family, RegExp])[] = [
  ['claude', /claude/],
  ['gemini', /gemini/],
  ['openai', /^(chat)?gpt|^o\d|^codex/],
];

/** OpenAI's kinds, best first: whole models before small or slow ones, and those that only reason after both. */
export const OPENAI_KINDS: readonly RegExp[] = [
  /^gpt-?\d(?!.*(mini|nano|chat|pro$|pro-|oss))/,
  /^(chat)?gpt|^codex/,
  /^o\d(?!.*(mini|pro))/,
  /^o\d/,
];

/** Words of models that answer with something else than text, or take no conversation. */
const NOT_FOR_WORK = new Set(
  'audio computer dall dalle embed embedding embeddings image imagen images live moderation realtime rerank robotics sora speech transcribe transcription tts veo whisper'.split(
    ' ',
  ),
);

/** A date of release, with or without dashes, wherever it stands. */
const DATE = /(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)/;

/** One or two numbers; `4-32k`, `20b` and `4-0613` say something else with what follows. */
const VERSION = /(?<![\d.])(\d{1,2})(?![\db])(?:[.-](\d{1,2})(?![\dkb]))?/;

/** The name itself, without who serves it: `bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0`. */
export function bareName(id: string): string {
  return (id.toLowerCase().split('/').at(-1) ?? '')
    .replace(/^([a-z][a-z-]*\.)+/, '')
    .replace(/-v\d+(:\d+\w*)?$/, '');
}

/** @returns undefined for a name that tells nothing, such as one a platform made up. */
export function familyOf(id: string): Family | undefined {
  const name = bareName(id);
  return FAMILIES.find(([, pattern]) => pattern.test(name))?.[0];
}

/** @returns whether a coding agent can work with it. */
export function isForWork(id: string): boolean {
  return !bareName(id)
    .split(/[^a-z\d]+/)
    .some((word) => NOT_FOR_WORK.has(word));
}

export interface Age {
  /** `[4, 5]` of `claude-4-5-sonnet` and of `claude-sonnet-4-5`; `[0, 0]` where there is none. */
  readonly version: readonly [number, number];
  /** `20251101`; 0 where there is none. */
  readonly date: number;
}

export function ageOf(id: string): Age {
  const name = bareName(id);
  const [date = '', ...parts] = DATE.exec(name) ?? [];
  const [, major = '0', minor] = VERSION.exec(name.replace(date, '')) ?? [];
  // Azure's names have no points: `gpt-35-turbo`.
  const version: [number, number] =
    minor === undefined && major.length === 2 && Number(major) > 20
      ? [Number(major[0]), Number(major[1])]
      : [Number(major), Number(minor ?? 0)];
  return { version, date: Number(parts.join('') || 0) };
}

/**
 * Puts the newest first: by version, then the platform's default, then what is finished before what is a preview, then the
 * later date. The place in the list says nothing; names are the last resort, so that the choice never depends on it.
 *
 * @param meantFor a word of names that were made for this agent: at the same version they come first.
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
