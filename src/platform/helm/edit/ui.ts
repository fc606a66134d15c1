import type { Splice } from '../../../change/unified-diff.ts';
import { isRecord } from '../../../system/json.ts';
import { uiKeys } from '../charts.ts';
import { type HelmEntry, type HelmNode, memberOf, membersOf, scalarOf } from '../nodes.ts';
import type { ValuesFile } from './file.ts';
import { proven } from './proof.ts';
import { behindLine, entryEnd, lineStart, NotEditable, withValue } from './text.ts';

/** A flag of the UI's chart, and its name in `extraConfig`, which wins over the flag. */
const FLAGS = {
  users: { key: 'viteEnableUserManagement', variable: 'VITE_ENABLE_USER_MANAGEMENT' },
  budgets: { key: 'viteEnableBudgetManagement', variable: 'VITE_ENABLE_BUDGET_MANAGEMENT' },
} as const;

/** What the flags are to be. */
export interface UiWants {
  readonly users: boolean;
  readonly budgets: boolean;
}

interface Edit {
  readonly splice: Splice;
  /** Where the value goes, as data, and the value. */
  readonly path: readonly string[];
  readonly to: boolean | string;
}

/**
 * Sets the flags of the UI.
 *
 * @param version of the UI; undefined where nobody said it.
 * @returns pieces to replace; none if the file says all of it already, or if the UI has no such flags.
 * @throws NotEditable where the layout of the file does not allow it.
 */
export function editUi(file: ValuesFile, wants: UiWants, version: string | undefined): readonly Splice[] {
  const flags = Object.entries(FLAGS).map(([name, flag]) => ({
    ...flag,
    isOn: wants[name as keyof UiWants],
  }));
  const members = membersOf(file.root);
  const known = flags.filter(({ key }) => version === undefined || uiKeys(version).includes(key));
  const edits = known.flatMap(({ key, variable, isOn }) => [
    ...edited(file, [key], isOn, isOn),
    ...edited(file, ['extraConfig', variable], isOn, String(isOn)),
  ]);
  // Off is the chart's default.
  const added = known.filter(({ key, isOn }) => isOn && !members.has(key));
  const splices = [
    ...edits.map(({ splice }) => splice),
    ...(added.length === 0 ? [] : [appended(file, added)]),
  ];
  return proven(file, splices, (values) => {
    for (const { path, to } of edits) setIn(values, path, to);
    for (const { key } of added) values[key] = true;
  });
}

/** @returns what the chart makes of a value: it prints it as text, and the page compares with `true`. */
export function isOn(node: HelmNode | undefined): boolean {
  return String(scalarOf(node)) === 'true';
}

/** @returns the flags that a file has, although its UI does not read them. */
export function deadFlags({ root }: ValuesFile, version: string | undefined): readonly string[] {
  if (version === undefined) return [];
  const members = membersOf(root);
  return Object.values(FLAGS)
    .map(({ key }) => key)
    .filter((key) => members.has(key) && !uiKeys(version).includes(key));
}

function edited(
  { text, root }: ValuesFile,
  path: readonly string[],
  on: boolean,
  to: boolean | string,
): readonly Edit[] {
  const above = memberOf(root, ...path.slice(0, -1)) ?? root;
  const entry = membersOf(above).get(path.at(-1) ?? '');
  if (entry === undefined || isOn(entry.value) === on) return [];
  if (above.kind !== 'map' || !above.entries.includes(entry))
    throw new NotEditable(
      `${entry.name} is written in another place and repeated here by an alias`,
      entry.key.line,
    );
  const raw = typeof to === 'string' ? `'${to}'` : String(to);
  return [{ splice: withValue(text, entry, raw), path, to }];
}

/** Adds flags behind the others of the UI, or else at the end. */
function appended({ text, root }: ValuesFile, flags: readonly { readonly key: string }[]): Splice {
  if (root.flow) throw new NotEditable('its values stand in curly brackets', root.line);
  const place: HelmEntry | undefined =
    root.entries.findLast(({ name }) => name.startsWith('vite')) ?? root.entries.at(-1);
  if (place === undefined) throw new NotEditable('it is empty', root.line);
  const { start } = place.key;
  const indent = text.slice(lineStart(text, start), start);
  return behindLine(
    text,
    entryEnd(text, place),
    flags.map(({ key }) => `${indent}${key}: true`),
  );
}

function setIn(values: Record<string, unknown>, path: readonly string[], to: boolean | string): void {
  const above = path.slice(0, -1).reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), values);
  if (isRecord(above)) above[path.at(-1) ?? ''] = to;
}
