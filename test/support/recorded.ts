import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One response of the platform's backend 2.42.0, reduced to what a client uses. */
export interface Recorded {
  readonly name: string;
  /** Method and path below the API base. */
  readonly ask: string;
  /** Which credential was sent, or what was wrong with it. */
  readonly with?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly send?: unknown;
  /** The sandbox's fault that reproduces the state of the backend. */
  readonly fault?: unknown;
  readonly status: number;
  readonly type?: string;
  readonly 'retry-after'?: string;
  readonly location?: string;
  readonly 'set-cookie'?: readonly string[];
  /** The whole body, if all of it is fixed. */
  readonly text?: unknown;
  /** The body with each value replaced by its type; a list by its first element. */
  readonly shape?: unknown;
  /** Entries of `/v1/config` by ID, with their values. */
  readonly entries?: Readonly<Record<string, string | null>>;
}

/** @returns the responses recorded in one mode. Shared ones are in one file under the name of the first mode. */
export function recordedIn(mode: string): readonly Recorded[] {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'platform', `${name}.json`), 'utf8'));
  const shared = read('shared') as Record<string, unknown>;
  const whole = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith('= ') ? shared[value.slice(2)] : value;
  return (read(mode) as Recorded[]).map((entry) => ({
    ...entry,
    ...(entry.text === undefined ? {} : { text: whole(entry.text) }),
    ...(entry.shape === undefined ? {} : { shape: whole(entry.shape) }),
  }));
}

/** @returns the value with its leaves replaced by their types. `cost` differs between models. */
export function shapeOf(value: unknown, key = ''): unknown {
  if (key === 'cost') return 'object';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.map((entry) => shapeOf(entry));
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner, name)]));
}

/** @returns the shape with every list as long as its counterpart, each element with the shape of the first. */
export function stretched(shape: unknown, like: unknown): unknown {
  if (Array.isArray(shape))
    return Array.isArray(like) ? like.map((entry) => stretched(shape[0], entry)) : shape;
  if (typeof shape !== 'object' || shape === null) return shape;
  const other = (typeof like === 'object' && like !== null ? like : {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(shape).map(([name, inner]) => [name, stretched(inner, other[name])]),
  );
}
