import type { ChartEntry, ChartLists } from '../charts.ts';
import { type NewEntry, newEntry } from './api.ts';
import { isNamed } from './env-lists.ts';
import { isSecretValue, MASK } from './hidden.ts';
import { isPlainText } from './text.ts';
import type { Want } from './wants.ts';

/**
 * @param own what the file has; it wins over the chart.
 * @returns the whole list `extraEnv` as YAML, to be pasted into a values file. Secrets in plain text are masked.
 * @throws MissingValue.
 */
export async function listToPaste(
  chart: ChartLists,
  own: readonly ChartEntry[],
  wants: readonly Want[],
): Promise<string> {
  const entries = new Map<string, ChartEntry | NewEntry>(
    [...chart.extraEnv.map(asText), ...own.map(masked)].map((entry) => [entry.name, entry]),
  );
  for (const want of wants) {
    const now = [...entries.values()].find((entry) => isNamed(entry, want.name));
    if (want.kind === 'remove') entries.delete(now?.name ?? want.name);
    else if (now === undefined || !suits(now, want)) entries.set(now?.name ?? want.name, newEntry(want));
  }
  const { stringify } = await import('yaml');
  return stringify(
    { extraEnv: [...entries.values()] },
    { lineWidth: 0, defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN' },
  ).replace(/^(\s*(?:- )?(?:name|key): )'([\w.-]+)'$/gm, (line, head: string, name: string) =>
    isPlainText(name) ? `${head}${name}` : line,
  );
}

/** Kubernetes only takes texts. */
function asText({ name, value, valueFrom }: ChartEntry): ChartEntry {
  return valueFrom === undefined ? { name, value: String(value ?? '') } : { name, valueFrom };
}

function masked(entry: ChartEntry): ChartEntry {
  return isSecretValue(entry.name, entry.value) ? { name: entry.name, value: MASK } : asText(entry);
}

function suits(entry: ChartEntry | NewEntry, want: Exclude<Want, { readonly kind: 'remove' }>): boolean {
  if (entry.valueFrom !== undefined) return want.mayRefer;
  return want.kind === 'set' && typeof entry.value === 'string' && want.suits(entry.value);
}
