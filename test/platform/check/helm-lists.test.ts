import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPlatform } from '../../../src/platform/check/check.ts';
import { Subject } from '../../../src/platform/check/subject.ts';
import type { Workload } from '../../../src/platform/check/workload.ts';

type Env = readonly (readonly [name: string | null, value: string | null])[];

/** What Helm 3.19.5 made of values files with a chart of the platform's API. */
interface Row {
  readonly version: string;
  readonly name: string;
  /** Texts of values files, in the order of -f. */
  readonly files: readonly string[];
  /** Variables of each Deployment as they are printed; the value is null for one from elsewhere. Absent if Helm failed. */
  readonly workloads?: Readonly<Record<string, Env>>;
  readonly refused?: true;
}

const ROWS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/helm-lists.json'), 'utf8'),
) as readonly Row[];

function filesOf({ files }: Row) {
  return files.map((text, index) => ({ name: `${index}.yaml`, text, component: 'api' as const }));
}

/** What a container gets of entries that are printed one after the other. */
function effective(env: Env): Readonly<Record<string, string | null>> {
  return Object.fromEntries(env.map(([name, value]) => [name ?? '', value]));
}

function envOf(workload: Workload): Env {
  return workload.lists.flatMap(({ entries }) =>
    entries.map(
      ({ name, value, reference }) =>
        [name ?? null, reference === undefined ? (value?.text ?? '') : null] as const,
    ),
  );
}

describe('the variables that a container gets, as Helm renders them', () => {
  const rendered = ROWS.filter(({ refused }) => refused !== true);

  it.each(rendered.map((row) => [row.version, row.name, row] as const))('chart %s: %s', (version, _, row) => {
    const { api } = new Subject(filesOf(row), { chartVersion: version });
    const ours = Object.fromEntries((api?.workloads ?? []).map((one) => [one.name, envOf(one)]));
    expect(Object.keys(ours)).toEqual(Object.keys(row.workloads ?? {}));
    for (const [name, env] of Object.entries(row.workloads ?? {})) {
      const { '': unnamed, ...theirs } = effective(env);
      const { '': dropped, ...own } = effective(ours[name] ?? []);
      expect(own, name).toEqual(theirs);
      // Charts from 2.27 on drop an entry without a name.
      expect(unnamed ?? dropped, name).toEqual(dropped);
    }
  });

  it('a name stands twice in a Deployment of a chart before 2.27 where we say so', () => {
    const twice = new Set(['name-twice', 'name-overridden']);
    for (const row of rendered.filter(({ version }) => version === '2.26.0')) {
      const names = (row.workloads?.['api'] ?? []).map(([name]) => name);
      const said = checkPlatform(filesOf(row), { chartVersion: row.version }, 0).findings.some(({ rule }) =>
        twice.has(rule),
      );
      expect(said, row.name).toBe(new Set(names).size < names.length);
    }
  });
});

it.each(ROWS.filter(({ refused }) => refused === true).map((row) => [row.version, row.name, row] as const))(
  'chart %s with %s: Helm fails, and check says why',
  (version, _, row) => {
    const { findings } = checkPlatform(filesOf(row), { chartVersion: version }, 0);
    expect(findings.map(({ rule }) => rule)).toContain('list-shape');
  },
);
