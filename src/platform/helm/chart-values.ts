import type { ChartEntry, ChartLists } from './charts.ts';
import { envLists } from './edit/env-lists.ts';
import { contentOf, dataOf, type HelmNode, scalarOf } from './nodes.ts';
import { readHelmYaml } from './yaml.ts';

/**
 * Reads the lists of a chart from its values.yaml.
 *
 * @returns undefined where Helm could not read the file, or where it has no list of variables.
 */
export function readChartLists(text: string): ChartLists | undefined {
  const [document] = readHelmYaml(text);
  if (document?.root === undefined) return undefined;
  const lists = envLists(document.root);
  const entriesAt = (path: string): readonly ChartEntry[] =>
    lists
      .find((list) => list.path === path)
      ?.entries.map(({ name, value, valueFrom }) => chartEntry(name, value?.value, valueFrom?.value)) ?? [];
  const found = { extraEnv: entriesAt('extraEnv'), customEnv: entriesAt('customEnv') };
  return found.extraEnv.length + found.customEnv.length === 0 ? undefined : found;
}

/** @returns a variable as data. */
export function chartEntry(
  name: string,
  value: HelmNode | undefined,
  valueFrom: HelmNode | undefined,
): ChartEntry {
  const reference = valueFrom === undefined ? undefined : dataOf(contentOf(valueFrom));
  if (typeof reference === 'object' && reference !== null) return { name, valueFrom: reference };
  return { name, value: scalarOf(value) ?? '' };
}
