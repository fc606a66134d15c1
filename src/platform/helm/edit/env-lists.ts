import { ENV_LIST_PATHS } from '../charts.ts';
import { contentOf, entryAt, type HelmEntry, type HelmNode, itemsOf, membersOf, scalarOf } from '../nodes.ts';
import type { ScalarValue } from '../scalar.ts';

/** An environment variable in the values of the API's chart. */
export interface EnvEntry {
  readonly name: string;
  /** Where it stands in its list, from 0. */
  readonly index: number;
  readonly node: HelmNode;
  readonly value: HelmEntry | undefined;
  readonly valueFrom: HelmEntry | undefined;
}

export interface EnvList {
  /** As a person would write it: `extraEnv`, `dsPool.extraEnv`. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly entry: HelmEntry;
  /** A list; otherwise Helm prints nothing of it, or refuses it. */
  readonly isList: boolean;
  readonly entries: readonly EnvEntry[];
}

/** @returns the lists of variables that a values file has: of the API and of its pools. */
export function envLists(root: HelmNode): readonly EnvList[] {
  return ENV_LIST_PATHS.flatMap((keys) => {
    const entry = entryAt(root, keys);
    if (entry === undefined) return [];
    const isList = contentOf(entry.value).kind === 'list';
    return [{ path: keys.join('.'), keys, entry, isList, entries: itemsOf(entry.value).flatMap(entryOf) }];
  });
}

function entryOf(node: HelmNode, index: number): readonly EnvEntry[] {
  const members = membersOf(node);
  const name = scalarOf(members.get('name')?.value);
  if (typeof name !== 'string') return [];
  return [{ name, index, node, value: members.get('value'), valueFrom: members.get('valueFrom') }];
}

/** The server reads names without regard to case. */
export function isNamed(entry: { readonly name: string }, name: string): boolean {
  return entry.name.toUpperCase() === name;
}

/** @returns the value of an entry as Helm sees it; undefined for one without, or with a value from elsewhere. */
export function valueIn({ value, valueFrom }: EnvEntry): ScalarValue | undefined {
  return valueFrom === undefined ? scalarOf(value?.value) : undefined;
}
