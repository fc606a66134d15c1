import type { ScalarStyle, ScalarValue } from './scalar.ts';

/** Where a node stands in the text: offsets from 0, `end` is behind it; the line counts from 1. */
export interface At {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** Its name, for a node with an anchor: aliases repeat it elsewhere. */
  readonly anchor?: string;
}

export interface HelmScalar extends At {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
  readonly style: ScalarStyle;
}

export interface HelmEntry {
  /** The name as Helm has it: `on:` is named `true`. */
  readonly name: string;
  readonly key: HelmScalar;
  readonly value: HelmNode;
  /** `<<`: the members of the value belong to the map. */
  readonly merge: boolean;
}

/** All entries in the order of the text. A name may be there twice; Helm takes the last one. */
export interface HelmMap extends At {
  readonly kind: 'map';
  readonly entries: readonly HelmEntry[];
  readonly flow: boolean;
}

export interface HelmList extends At {
  readonly kind: 'list';
  readonly items: readonly HelmNode[];
  readonly flow: boolean;
}

/** `*name`: stands here, and has the value of a node that stands elsewhere. */
export interface HelmAlias extends At {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: HelmContent;
}

export type HelmContent = HelmScalar | HelmMap | HelmList;
export type HelmNode = HelmContent | HelmAlias;

/** @returns what stands where an alias points. */
export function contentOf(node: HelmNode): HelmContent {
  return node.kind === 'alias' ? node.target : node;
}

/**
 * @returns the entries of a map that Helm uses, by name, with what `<<` adds; none for something else. Later entries
 *   win, also `<<` over what stands above it.
 */
export function membersOf(node: HelmNode | undefined): ReadonlyMap<string, HelmEntry> {
  const members = new Map<string, HelmEntry>();
  const content = node === undefined ? undefined : contentOf(node);
  if (content?.kind !== 'map') return members;
  for (const entry of content.entries)
    if (entry.merge) for (const [name, merged] of mergedBy(entry.value)) members.set(name, merged);
    else members.set(entry.name, entry);
  return members;
}

/** Of several maps, the first one wins. */
function mergedBy(node: HelmNode): Iterable<[string, HelmEntry]> {
  const content = contentOf(node);
  const maps = content.kind === 'list' ? content.items.toReversed() : [content];
  return maps.flatMap((map) => [...membersOf(map)]);
}

/** @returns the value of a member, as Helm sees it; undefined if there is none. */
export function memberOf(node: HelmNode | undefined, ...path: readonly string[]): HelmNode | undefined {
  return path.reduce<HelmNode | undefined>((at, name) => membersOf(at).get(name)?.value, node);
}

/** @returns the entry at the end of a path, with its key; undefined if there is none. */
export function entryAt(node: HelmNode | undefined, path: readonly string[]): HelmEntry | undefined {
  return membersOf(memberOf(node, ...path.slice(0, -1))).get(path.at(-1) ?? '');
}

/** @returns the items of a list; none for something else. */
export function itemsOf(node: HelmNode | undefined): readonly HelmNode[] {
  const content = node === undefined ? undefined : contentOf(node);
  return content?.kind === 'list' ? content.items : [];
}

/** @returns the value of a scalar; undefined for something else. */
export function scalarOf(node: HelmNode | undefined): ScalarValue | undefined {
  const content = node === undefined ? undefined : contentOf(node);
  return content?.kind === 'scalar' ? content.value : undefined;
}

/** @returns a text that is not empty; undefined for everything else. */
export function textOf(node: HelmNode | undefined): string | undefined {
  const value = scalarOf(node);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** @returns the whole value as data. */
export function dataOf(node: HelmNode): unknown {
  const content = contentOf(node);
  switch (content.kind) {
    case 'scalar':
      return content.value;
    case 'list':
      return content.items.map(dataOf);
    case 'map':
      return Object.fromEntries([...membersOf(content)].map(([name, { value }]) => [name, dataOf(value)]));
  }
}
