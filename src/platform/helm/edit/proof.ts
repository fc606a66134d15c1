import { isDeepStrictEqual } from 'node:util';
import { type Splice, splice } from '../../../change/unified-diff.ts';
import { isRecord } from '../../../system/json.ts';
import { dataOf } from '../nodes.ts';
import { readHelmYaml } from '../yaml.ts';
import type { ValuesFile } from './file.ts';
import { NotEditable } from './text.ts';

/** What becomes of one entry of a list. */
export interface Decision {
  readonly list: string;
  readonly index: number;
  /** Members that take the place of `value` and `valueFrom`; undefined for an entry that goes. */
  readonly to: Readonly<Record<string, unknown>> | undefined;
}

/** What is to be different afterwards, as data. */
export interface Expected {
  readonly decisions: readonly Decision[];
  /** Entries at the end of `extraEnv`. */
  readonly added: readonly object[];
}

/**
 * Reads the edited text again, and compares it with what was to be: a guard against every layout that nobody thought
 * of, such as an anchor whose aliases would change, too.
 *
 * @throws NotEditable.
 */
export function provenSplices(
  file: ValuesFile,
  splices: readonly Splice[],
  expected: Expected,
): readonly Splice[] {
  return proven(file, splices, (values) => {
    const lists = new Set(expected.decisions.map(({ list }) => list));
    if (expected.added.length > 0) lists.add('extraEnv');
    for (const path of lists) {
      const keys = path.split('.');
      const above = keys
        .slice(0, -1)
        .reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), values);
      const last = keys.at(-1) ?? '';
      if (!isRecord(above) || !Array.isArray(above[last])) continue;
      const items: readonly unknown[] = above[last];
      const decided = new Map(
        expected.decisions.filter(({ list }) => list === path).map(({ index, to }) => [index, to]),
      );
      above[last] = [
        ...items.flatMap((item, index) => {
          if (!decided.has(index)) return [item];
          const to = decided.get(index);
          return to === undefined ? [] : [{ ...withoutValue(item), ...to }];
        }),
        ...(path === 'extraEnv' ? expected.added : []),
      ];
    }
  });
}

/**
 * @param change makes what is to be out of what was.
 * @throws NotEditable if the edited text does not say that.
 */
export function proven(
  file: ValuesFile,
  splices: readonly Splice[],
  change: (values: Record<string, unknown>) => void,
): readonly Splice[] {
  if (splices.length === 0) return splices;
  const wanted = dataOf(file.root);
  if (isRecord(wanted)) change(wanted);
  const [document, ...more] = readHelmYaml(splice(file.text, splices));
  const isProven =
    document?.root !== undefined && more.length === 0 && isDeepStrictEqual(dataOf(document.root), wanted);
  if (!isProven)
    throw new NotEditable('an edit would change more than the variables, such as an alias of one');
  return splices;
}

function withoutValue(item: unknown): Record<string, unknown> {
  if (!isRecord(item)) return {};
  const { value: _, valueFrom: __, ...rest } = item;
  return rest;
}
