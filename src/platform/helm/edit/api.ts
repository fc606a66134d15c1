import type { Splice } from '../../../change/unified-diff.ts';
import type { ScalarValue } from '../scalar.ts';
import { type EnvEntry, type EnvList, envLists, isNamed, valueIn } from './env-lists.ts';
import type { ValuesFile } from './file.ts';
import { type Decision, provenSplices } from './proof.ts';
import {
  behindLine,
  colonOf,
  contentEnd,
  dashOf,
  lineEndOf,
  NotEditable,
  named,
  quoted,
  withoutItem,
  withValue,
} from './text.ts';
import type { SecretKey, Want } from './wants.ts';

type Setting = Extract<Want, { readonly kind: 'set' | 'secret' }>;

/** What becomes of an entry. `splice` changes the text, `to` is the entry as data; undefined for one that goes. */
interface Edit {
  readonly decision: Decision;
  readonly splice: Splice;
}

/**
 * Changes the variables of a values file of the API. Only the lines that have to change do.
 *
 * @returns pieces to replace; none if the file says all of it already.
 * @throws NotEditable where the layout of the file does not allow it, or no list of the file can take a new variable.
 * @throws MissingValue for a variable that needs a value from you.
 */
export function editApi(file: ValuesFile, wants: readonly Want[]): readonly Splice[] {
  const { text, root } = file;
  const lists = envLists(root);
  const found = wants.map((want) => ({ want, places: placesOf(lists, want.name) }));
  const edits = found.flatMap(({ want, places }) =>
    places.flatMap(([list, entry]) => editOf(text, list, entry, want) ?? []),
  );
  const emptied = lists.filter(({ path, entries }) => {
    const gone = edits.filter(({ decision }) => decision.list === path && decision.to === undefined);
    return entries.length > 0 && gone.length === entries.length;
  });
  const added = found.flatMap(({ want, places }) =>
    // A pool has its own variables besides those of the API: one there says nothing about the API.
    isAdded(want) && places.every(([{ keys }]) => keys.length > 1) ? [newEntry(want)] : [],
  );
  const splices = [
    ...edits.map(({ splice }) => splice),
    ...emptied.map(({ entry }) => {
      const at = colonOf(text, entry.key.end) + 1;
      return { start: at, end: at, text: ' []' };
    }),
    ...(added.length === 0 ? [] : [appended(text, lists, added)]),
  ];
  return provenSplices(file, splices, {
    decisions: edits.map(({ decision }) => decision),
    added,
  });
}

/** @returns where a variable stands, in every list of the file. */
export function placesOf(lists: readonly EnvList[], name: string): readonly (readonly [EnvList, EnvEntry])[] {
  return lists.flatMap((list) =>
    list.entries.filter((entry) => isNamed(entry, name)).map((entry) => [list, entry] as const),
  );
}

/** A variable that needs a value, and nobody gave one. */
export class MissingValue extends Error {
  readonly variable: string;

  constructor(variable: string) {
    super(`${variable} has no value`);
    this.variable = variable;
  }
}

function isAdded(want: Want): want is Setting {
  return want.kind === 'secret' || (want.kind === 'set' && want.add);
}

/** @returns undefined for an entry that may stay as it is. */
function editOf(text: string, list: EnvList, entry: EnvEntry, want: Want): Edit | undefined {
  const { index } = entry;
  const at = { list: list.path, index };
  if (want.kind === 'remove') {
    assertBlock(list, entry);
    return { decision: { ...at, to: undefined }, splice: withoutItem(text, entry.node) };
  }
  if (entry.valueFrom !== undefined) {
    if (want.mayRefer) return undefined;
    throw new NotEditable(`${entry.name} takes its value from elsewhere`, entry.node.line);
  }
  const now = valueIn(entry);
  if (want.kind === 'secret') {
    const place = placeOf(list, entry);
    const to = { valueFrom: { secretKeyRef: want.secret } };
    return { decision: { ...at, to }, splice: referring(text, entry, place, want.secret) };
  }
  if (typeof now === 'string' && want.suits(now)) return undefined;
  const value = valueFor(text, want, entry, now);
  return {
    decision: { ...at, to: { value } },
    splice: withValue(text, placeOf(list, entry), quoted(value, text)),
  };
}

/** A number is kept, in quotes: Kubernetes only takes texts. */
function valueFor(
  text: string,
  want: Extract<Want, { readonly kind: 'set' }>,
  { name, value }: EnvEntry,
  now: ScalarValue | undefined,
): string {
  const raw = value === undefined ? '' : text.slice(value.value.start, value.value.end);
  if (typeof now === 'number' && want.suits(raw)) return raw;
  if (want.value === undefined) throw new MissingValue(name);
  return want.value;
}

/** @returns the entry `value: …` of a variable. */
function placeOf(list: EnvList, entry: EnvEntry) {
  const { node, value, name } = entry;
  if (value === undefined) throw new NotEditable(`${name} has neither value nor valueFrom`, node.line);
  if (list.entry.value.kind !== 'list' || node.kind !== 'map' || !node.entries.includes(value))
    throw new NotEditable(`${name} is written in another place and repeated here by an alias`, node.line);
  return value;
}

function assertBlock(list: EnvList, { node, name }: EnvEntry): void {
  const { value } = list.entry;
  if (value.kind !== 'list')
    throw new NotEditable(
      `${list.path} is written in another place and repeated here by an alias`,
      value.line,
    );
  if (value.flow) throw new NotEditable(`${name} stands in a list in square brackets`, node.line);
}

function referring(
  text: string,
  { node }: EnvEntry,
  value: ReturnType<typeof placeOf>,
  secret: SecretKey,
): Splice {
  const start = value.key.start;
  const end = Math.max(contentEnd(text, value.value), colonOf(text, value.key.end) + 1);
  const { name, key } = secret;
  if (node.kind === 'map' && node.flow)
    return {
      start,
      end,
      text: `valueFrom: { secretKeyRef: { name: ${named(name, text)}, key: ${named(key, text)} } }`,
    };
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  return { start, end, text: referenceLines(secret, text).join(`${lineEndOf(text)}${indent}`) };
}

export interface NewEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: SecretKey };
}

/** @throws MissingValue. */
export function newEntry(want: Setting): NewEntry {
  const { name } = want;
  if (want.kind === 'secret') return { name, valueFrom: { secretKeyRef: want.secret } };
  if (want.value === undefined) throw new MissingValue(name);
  return { name, value: want.value };
}

/** Adds entries behind the last one of `extraEnv`, in its layout. */
function appended(text: string, lists: readonly EnvList[], added: readonly NewEntry[]): Splice {
  const list = lists.find(({ path }) => path === 'extraEnv');
  if (list === undefined) throw new NotEditable('extraEnv is not in the file');
  const { value, key } = list.entry;
  if (value.kind === 'alias')
    throw new NotEditable('extraEnv is written in another place and repeated here by an alias', key.line);
  const last = value.kind === 'list' ? value.items.at(-1) : undefined;
  if (value.kind !== 'list' || last === undefined) throw new NotEditable('extraEnv is empty', key.line);
  if (value.flow) throw new NotEditable('extraEnv is a list in square brackets', key.line);
  const dash = dashOf(text, last);
  const indent = ' '.repeat(dash.length);
  const lines = added.flatMap((entry) =>
    entryLines(entry, text).map((line, at) => `${at === 0 ? dash : indent}${line}`),
  );
  return behindLine(text, contentEnd(text, last), lines);
}

function entryLines({ name, value, valueFrom }: NewEntry, around: string): readonly string[] {
  const head = `name: ${name}`;
  return valueFrom === undefined
    ? [head, `value: ${quoted(value ?? '', around)}`]
    : [head, ...referenceLines(valueFrom.secretKeyRef, around)];
}

function referenceLines({ name, key }: SecretKey, around: string): readonly string[] {
  return [
    'valueFrom:',
    '  secretKeyRef:',
    `    name: ${named(name, around)}`,
    `    key: ${named(key, around)}`,
  ];
}
