import { CUSTOM_ENV, EXTRA_ENV, type Versions } from './chart-env.ts';
import type { ScalarValue } from './scalar.ts';

/** One environment variable of the platform's API, as a Helm chart or a values file has it. */
export interface ChartEntry {
  readonly name: string;
  readonly value?: ScalarValue;
  readonly valueFrom?: object;
}

/** The lists of a chart. Helm does not merge lists: one in your values file takes the place of the chart's. */
export interface ChartLists {
  readonly extraEnv: readonly ChartEntry[];
  readonly customEnv: readonly ChartEntry[];
}

/** The newest version of the API's chart whose lists are known. */
export const NEWEST_CHART = '2.42.0';
/** The oldest one. */
export const OLDEST_CHART = '2.15.0';
/** From this chart on, `extraEnv` and `customEnv` are merged by name. Older ones print one after the other. */
export const MERGES_LISTS_SINCE = '2.27.0';
/** From this version on, the UI asks the platform what is on, and its own flags do nothing. */
export const UI_ASKS_PLATFORM_SINCE = '2.41.0';

/*
 * What deploy-templates/values.yaml and deploy-templates/templates/configmap.yaml of the public repository
 * codemie-ai/codemie-ui have, read at each of its tags from 2.15.0 to 2.44.1. viteBannerMessage has no default.
 */
const UI_KEYS: Readonly<Record<string, Versions>> = {
  viteApiUrl: {},
  viteEnv: {},
  viteEnableAnalytics: { before: '2.28.0' },
  viteEnableUserManagement: { since: '2.19.0', before: UI_ASKS_PLATFORM_SINCE },
  viteEnableBudgetManagement: { since: '2.23.0', before: UI_ASKS_PLATFORM_SINCE },
  viteIdpProvider: { since: '2.19.0', before: UI_ASKS_PLATFORM_SINCE },
  viteMcpAuthOrigin: { since: '2.25.0', before: UI_ASKS_PLATFORM_SINCE },
  viteBannerMessage: { before: UI_ASKS_PLATFORM_SINCE },
  extraConfig: { since: '2.33.0' },
};

/** Pools of the API's chart with an `extraEnv` of their own, empty by default. */
const POOLS: Readonly<Record<string, Versions>> = {
  dsPool: { since: '2.23.0' },
  opsPool: { since: '2.24.0', before: '2.29.1' },
  proxyPool: { since: '2.25.0' },
};

/**
 * @param version of the API's chart. Of a newer one than known, the newest; of an older one, the oldest.
 */
export function chartLists(version: string = NEWEST_CHART): ChartLists {
  const inChart = (rows: typeof EXTRA_ENV): readonly ChartEntry[] =>
    rows
      .filter(([, , versions]) => has(version, versions))
      .map(([name, value]) => (typeof value === 'string' ? { name, value } : { name, valueFrom: value }));
  return { extraEnv: inChart(EXTRA_ENV), customEnv: inChart(CUSTOM_ENV) };
}

/** @returns the top-level keys of the UI's chart that configure its page. */
export function uiKeys(version: string): readonly string[] {
  return namesIn(UI_KEYS, version);
}

/** @returns the pools of the API's chart, in the order in which it has them. */
export function poolsOf(version: string): readonly string[] {
  return namesIn(POOLS, version);
}

/** Every pool of any version. */
export const ALL_POOLS: readonly string[] = Object.keys(POOLS);

/** Where the values of any version may have a list of environment variables: of the API, and of a pool. */
export const ENV_LIST_PATHS: readonly (readonly string[])[] = [
  ['extraEnv'],
  ['customEnv'],
  ...ALL_POOLS.map((pool) => [pool, 'extraEnv']),
];

/** @returns whether a text is a version: `2.42.0`, with or without a `v` before and a suffix behind. */
export function isVersion(text: string): boolean {
  return /^v?\d+\.\d+\.\d+(?:[-+].*)?$/.test(text);
}

/** @returns a negative number where one version is older than the other, 0 where they are the same. */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [numbersIn(one), numbersIn(other)];
  return first.map((number, at) => number - (second[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function numbersIn(version: string): readonly number[] {
  const [release = ''] = version.replace(/^v/, '').split(/[-+]/);
  return release.split('.').map(Number);
}

function has(version: string, { since, before }: Versions = {}): boolean {
  const known = compareVersions(version, OLDEST_CHART) < 0 ? OLDEST_CHART : version;
  return (
    (since === undefined || compareVersions(known, since) >= 0) &&
    (before === undefined || compareVersions(known, before) < 0)
  );
}

function namesIn(table: Readonly<Record<string, Versions>>, version: string): readonly string[] {
  return Object.keys(table).filter((name) => has(version, table[name]));
}
