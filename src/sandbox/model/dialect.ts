import type { Conversation, Reply } from './brain.ts';

/** One vendor's HTTP API for models. */
export interface Dialect {
  readonly routes: readonly string[];
  parse(body: Fields): Conversation;
  /** The whole answer as one JSON document. */
  whole(reply: Reply, body: Fields): unknown;
  /** The answer as server-sent events. */
  events(reply: Reply, body: Fields): Iterable<ServerSentEvent>;
}

export interface ServerSentEvent {
  readonly event?: string;
  /** JSON, or a bare word such as `[DONE]`. */
  readonly data: unknown;
  /** A piece of text; a long answer pauses before it. */
  readonly paced?: true;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** @returns the text of a content field, which is a string or a list of parts with `text`. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => (isFields(part) ? textOf(part['text'] ?? part['content'] ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n');
}

/** A deterministic ID: the same answer always gets the same one. */
export function idFor(prefix: string, reply: Reply): string {
  const seed = `${reply.text}${JSON.stringify(reply.call ?? '')}`;
  let hash = 2166136261;
  for (const char of seed) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0;
  return `${prefix}${hash.toString(16).padStart(8, '0')}sandbox`;
}
