import { type ChartLists, ENV_LIST_PATHS } from '../helm/charts.ts';
import { entryAt, memberOf, scalarOf } from '../helm/nodes.ts';
import type { RenderedWorkload, Values } from './documents.ts';
import { chartEnv, type EnvEntry, type EnvList, envList } from './env.ts';
import type { Place } from './place.ts';
import { Workload } from './workload.ts';

/** A list that another one took the place of: Helm does not merge lists. */
export interface Replaced {
  readonly list: EnvList;
  readonly by: EnvList;
}

/** The API as the files have it, later ones over earlier ones, over the chart's defaults. */
export class Api {
  readonly values: readonly Values[];
  readonly rendered: readonly RenderedWorkload[];
  /** Those in force, by name. */
  readonly lists: ReadonlyMap<string, EnvList>;
  readonly replaced: readonly Replaced[];
  readonly workloads: readonly Workload[];

  /**
   * @param chart what the chart has by default.
   * @param pools that the chart can run.
   * @param isOpen whether variables may come from where nobody looked.
   */
  constructor(
    values: readonly Values[],
    rendered: readonly RenderedWorkload[],
    chart: ChartLists,
    pools: readonly string[],
    isOpen: boolean,
  ) {
    this.values = values;
    this.rendered = rendered;
    const { lists, replaced } = listsOf(values, chart);
    this.lists = lists;
    this.replaced = replaced;
    this.workloads = [
      ...(values.length === 0 ? [] : this.#described(pools, isOpen)),
      ...rendered.map(
        ({ name, env, at, replicas }) => new Workload(poolOf(name) ?? 'api', [env], at, replicas, isOpen),
      ),
    ];
  }

  /** The pods that people talk to. */
  get main(): Workload | undefined {
    return this.workloads.find(({ name }) => name === 'api') ?? this.workloads[0];
  }

  /** Lists of the files, not of the chart. */
  get ownLists(): readonly EnvList[] {
    return [
      ...[...this.lists.values()].filter(({ ofChart }) => ofChart !== true),
      ...this.rendered.map(({ env }) => env),
    ];
  }

  get ownEntries(): readonly EnvEntry[] {
    return this.ownLists.flatMap(({ entries }) => entries);
  }

  /** @returns a value by its path, of the last file that has it, with its place. */
  setting(...path: readonly string[]): { readonly value: unknown; readonly at: Place } | undefined {
    for (const { root, origin } of this.values.toReversed()) {
      const node = memberOf(root, ...path);
      if (node !== undefined) return { value: scalarOf(node), at: origin.at(node, path.join('.')) };
    }
    return undefined;
  }

  #described(known: readonly string[], isOpen: boolean): readonly Workload[] {
    const base = ['extraEnv', 'customEnv'].flatMap((name) => this.lists.get(name) ?? []);
    const at = this.#place(base);
    const replicas = (path: readonly string[]): number | undefined => {
      const value = this.setting(...path, 'replicaCount')?.value;
      return typeof value === 'number' ? value : undefined;
    };
    const pools = known.filter((pool) => this.setting(pool, 'enabled')?.value === true);
    return [
      new Workload('api', base, at, replicas([]), isOpen),
      ...pools.map((pool) => {
        const own = this.lists.get(`${pool}.extraEnv`);
        const name = pool.replace('Pool', '-pool');
        return new Workload(
          name,
          own === undefined ? base : [...base, own],
          own?.at ?? at,
          replicas([pool]),
          isOpen,
        );
      }),
    ];
  }

  /** The last list of the files, or else the last file. */
  #place(lists: readonly EnvList[]): Place {
    const own = lists.find(({ ofChart }) => ofChart !== true);
    const last = this.values.at(-1);
    return own?.at ?? last?.origin.at(last.root, '') ?? { file: '', line: 1, from: 1, path: '' };
  }
}

/** @returns the pool of a rendered workload, by the end of its name. */
function poolOf(name: string): string | undefined {
  return ['ds-pool', 'ops-pool', 'proxy-pool'].find((pool) => name.endsWith(pool));
}

function listsOf(values: readonly Values[], chart: ChartLists) {
  const lists = new Map(chartEnv(chart));
  const replaced: Replaced[] = [];
  for (const { root, origin } of values)
    for (const path of ENV_LIST_PATHS) {
      const name = path.join('.');
      const found = entryAt(root, path);
      if (found === undefined) continue;
      const by = envList(name, found.value, origin.at(found.key, name), origin);
      const list = lists.get(name);
      if (list !== undefined) replaced.push({ list, by });
      lists.set(name, by);
    }
  return { lists, replaced };
}
