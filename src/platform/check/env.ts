import type { ChartEntry, ChartLists } from '../helm/charts.ts';
import { contentOf, type HelmNode, itemsOf, memberOf, membersOf, scalarOf, textOf } from '../helm/nodes.ts';
import type { Origin, Place } from './place.ts';

/** An entry of a list of environment variables. */
export interface EnvEntry {
  /** Undefined for an entry without one. */
  readonly name: string | undefined;
  readonly at: Place;
  /** Undefined if it has none. */
  readonly value?: EnvValue;
  readonly reference?: EnvReference;
  /** It stands in no file: the chart has it by default. */
  readonly ofChart?: true;
}

export interface EnvValue {
  readonly at: Place;
  /** As the server would get it; undefined for a map or a list. */
  readonly text: string | undefined;
  /** The API server only takes a text. */
  readonly isText: boolean;
  /** As it is written. */
  readonly source: string;
}

/** `valueFrom` */
export interface EnvReference {
  readonly at: Place;
  readonly kind: 'secret' | 'other';
  /** Of the Secret. */
  readonly name?: string;
  readonly key?: string;
  readonly optional: boolean;
}

/** The list of a values file, or of a container. */
export interface EnvList {
  /** `extraEnv`, `customEnv`, `dsPool.extraEnv`, … */
  readonly name: string;
  readonly at: Place;
  /** What it is instead of a list. */
  readonly shape: 'list' | 'map' | 'text';
  readonly entries: readonly EnvEntry[];
  readonly ofChart?: true;
}

/** @param name of the list, as values have it; its path is below the one of the origin. */
export function envList(name: string, node: HelmNode, at: Place, origin: Origin): EnvList {
  const { kind } = contentOf(node);
  const shape = kind === 'map' ? 'map' : kind === 'scalar' && scalarOf(node) !== null ? 'text' : 'list';
  return {
    name,
    at,
    shape,
    entries: itemsOf(node).map((item, index) => envEntry(item, name, index, origin)),
  };
}

function envEntry(item: HelmNode, list: string, index: number, origin: Origin): EnvEntry {
  const path = `${list}[${index}]`;
  const name = scalarOf(memberOf(item, 'name'));
  const value = memberOf(item, 'value');
  const from = memberOf(item, 'valueFrom');
  return {
    name: name === undefined || name === null ? undefined : String(name),
    at: origin.at(item, path),
    ...(value === undefined ? {} : { value: envValue(value, item, `${path}.value`, origin) }),
    ...(from === undefined ? {} : { reference: envReference(from, item, `${path}.valueFrom`, origin) }),
  };
}

function envValue(node: HelmNode, entry: HelmNode, path: string, origin: Origin): EnvValue {
  const value = scalarOf(node);
  return {
    at: origin.at(node, path, entry),
    text: value === undefined ? undefined : String(value ?? ''),
    isText: typeof value === 'string' || value === null,
    source: origin.source(contentOf(node)),
  };
}

function envReference(node: HelmNode, entry: HelmNode, path: string, origin: Origin): EnvReference {
  const secret = memberOf(node, 'secretKeyRef');
  const name = textOf(memberOf(secret, 'name'));
  const key = textOf(memberOf(secret, 'key'));
  return {
    at: origin.at(node, path, entry),
    kind: membersOf(node).has('secretKeyRef') ? 'secret' : 'other',
    ...(name === undefined ? {} : { name }),
    ...(key === undefined ? {} : { key }),
    optional: scalarOf(memberOf(secret, 'optional')) === true,
  };
}

/** Chart defaults stand in no file. */
const NOWHERE: Place = { file: '', line: 1, from: 1, path: '' };

/** @returns the lists that a chart has by default. */
export function chartEnv({ extraEnv, customEnv }: ChartLists): ReadonlyMap<string, EnvList> {
  const list = (name: string, entries: readonly ChartEntry[]): [string, EnvList] => [
    name,
    { name, at: NOWHERE, shape: 'list', entries: entries.map(ofChart), ofChart: true },
  ];
  return new Map([list('extraEnv', extraEnv), list('customEnv', customEnv)]);
}

function ofChart({ name, value, valueFrom }: ChartEntry): EnvEntry {
  const text = String(value ?? '');
  return {
    name,
    at: NOWHERE,
    ofChart: true,
    ...(value === undefined ? {} : { value: { at: NOWHERE, text, isText: true, source: text } }),
    // Nothing in the files depends on what the chart itself takes from where.
    ...(valueFrom === undefined ? {} : { reference: { at: NOWHERE, kind: 'other', optional: false } }),
  };
}
