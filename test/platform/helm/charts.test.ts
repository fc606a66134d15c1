import { describe, expect, it } from 'vitest';
import {
  ALL_POOLS,
  type ChartEntry,
  chartLists,
  compareVersions,
  isVersion,
  MERGES_LISTS_SINCE,
  NEWEST_CHART,
  poolsOf,
  uiKeys,
} from '../../../src/platform/helm/charts.ts';

const entry = (list: readonly ChartEntry[], name: string): ChartEntry | undefined =>
  list.find((one) => one.name === name);
const names = (list: readonly ChartEntry[]): readonly string[] => list.map(({ name }) => name);

describe('the lists of the API’s chart', () => {
  it.each([
    { version: '2.15.0', extraEnv: 39, has: ['ADMIN_USER_ID'], lacks: ['IMAGE_GENERATION_MODEL'] },
    { version: '2.18.0', extraEnv: 39, has: ['ADMIN_USER_ID'], lacks: ['IMAGE_GENERATION_MODEL'] },
    { version: '2.19.0', extraEnv: 38, has: [], lacks: ['ADMIN_USER_ID', 'IMAGE_GENERATION_MODEL'] },
    { version: '2.20.0', extraEnv: 38, has: [], lacks: ['ADMIN_USER_ID', 'IMAGE_GENERATION_MODEL'] },
    { version: '2.21.0', extraEnv: 39, has: ['IMAGE_GENERATION_MODEL'], lacks: ['ADMIN_USER_ID'] },
    { version: '2.41.0', extraEnv: 39, has: ['IMAGE_GENERATION_MODEL'], lacks: ['ADMIN_USER_ID'] },
    { version: '2.42.0', extraEnv: 38, has: [], lacks: ['ADMIN_USER_ID', 'IMAGE_GENERATION_MODEL'] },
  ])('have $extraEnv and 10 entries in $version', ({ version, extraEnv, has, lacks }) => {
    const lists = chartLists(version);
    expect(lists.extraEnv).toHaveLength(extraEnv);
    expect(lists.customEnv).toHaveLength(10);
    expect(names(lists.extraEnv)).toEqual(expect.arrayContaining(has));
    for (const name of lacks) expect(names(lists.extraEnv)).not.toContain(name);
    expect(entry(lists.extraEnv, 'IDP_PROVIDER')).toEqual({ name: 'IDP_PROVIDER', value: 'keycloak' });
  });

  it('name no variable of platform-managed mode: an operator adds it', () => {
    for (const version of ['2.15.0', '2.19.0', '2.42.0']) {
      const { extraEnv, customEnv } = chartLists(version);
      expect(names([...extraEnv, ...customEnv])).not.toContain('ENABLE_USER_MANAGEMENT');
      expect(names([...extraEnv, ...customEnv])).not.toContain('USER_PROJECT_LIMIT');
    }
  });

  it('hold every name once', () => {
    const { extraEnv, customEnv } = chartLists('2.21.0');
    const all = names([...extraEnv, ...customEnv]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('hold values and references to secrets as the chart has them', () => {
    const { extraEnv, customEnv } = chartLists();
    expect(entry(extraEnv, 'GITHUB_IDENTIFIERS')?.value).toBe('["github"]');
    expect(entry(extraEnv, 'AZURE_OPENAI_URL')?.value).toBe('');
    expect(entry(extraEnv, 'VAULT_TOKEN')?.valueFrom).toEqual({
      secretKeyRef: { name: 'vault-credentials', key: 'token', optional: true },
    });
    expect(entry(customEnv, 'NATS_USER')?.valueFrom).toEqual({
      secretKeyRef: { name: 'codemie-nats-secrets', key: 'CODEMIE_USERNAME' },
    });
    expect(entry(customEnv, 'NATS_SKIP_TLS_VERIFY')?.value).toBe('false');
  });

  it('keep the order of the chart', () => {
    expect(names(chartLists('2.21.0').extraEnv).slice(0, 5)).toEqual([
      'AZURE_OPENAI_API_KEY',
      'AZURE_OPENAI_URL',
      'MODELS_ENV',
      'ENV',
      'IDP_PROVIDER',
    ]);
    expect(names(chartLists('2.21.0').extraEnv).slice(28, 31)).toEqual([
      'DALLE_API_KEY',
      'IMAGE_GENERATION_MODEL',
      'AZURE_SPEECH_REGION',
    ]);
    expect(names(chartLists('2.15.0').extraEnv)[9]).toBe('ADMIN_USER_ID');
    expect(names(chartLists().customEnv).at(-1)).toBe('NATS_PASSWORD');
  });

  it('of a version between two known ones, or outside of them, are those of the nearest', () => {
    expect(chartLists('2.22.9')).toEqual(chartLists('2.22.1'));
    expect(chartLists('3.0.0')).toEqual(chartLists(NEWEST_CHART));
    expect(chartLists('1.0.0')).toEqual(chartLists('2.15.0'));
    expect(chartLists('v2.19.0-rc.1')).toEqual(chartLists('2.19.0'));
  });
});

describe('the keys of the UI’s chart', () => {
  it.each([
    { version: '2.18.0', user: false, budget: false },
    { version: '2.19.0', user: true, budget: false },
    { version: '2.22.1', user: true, budget: false },
    { version: '2.23.0', user: true, budget: true },
    { version: '2.40.0', user: true, budget: true },
    { version: '2.41.0', user: false, budget: false },
    { version: '2.44.1', user: false, budget: false },
  ])('have the flags of platform-managed mode in $version: $user, $budget', ({ version, user, budget }) => {
    expect(uiKeys(version).includes('viteEnableUserManagement')).toBe(user);
    expect(uiKeys(version).includes('viteEnableBudgetManagement')).toBe(budget);
  });

  it('are three from 2.41.0 on', () => {
    expect(uiKeys('2.41.0')).toEqual(['viteApiUrl', 'viteEnv', 'extraConfig']);
    expect(uiKeys('2.40.0')).toEqual(expect.arrayContaining(['viteIdpProvider', 'viteMcpAuthOrigin']));
    expect(uiKeys('2.32.0')).not.toContain('extraConfig');
  });
});

describe('the pools of the API’s chart', () => {
  it.each([
    { version: '2.22.1', pools: [] },
    { version: '2.23.0', pools: ['dsPool'] },
    { version: '2.24.0', pools: ['dsPool', 'opsPool'] },
    { version: '2.29.0', pools: ['dsPool', 'opsPool', 'proxyPool'] },
    { version: '2.29.1', pools: ['dsPool', 'proxyPool'] },
    { version: '2.42.0', pools: ['dsPool', 'proxyPool'] },
  ])('are $pools in $version', ({ version, pools }) => {
    expect(poolsOf(version)).toEqual(pools);
    expect(ALL_POOLS).toEqual(expect.arrayContaining(pools));
  });
});

describe('versions', () => {
  it('say that charts before 2.27 print the two lists one after the other', () => {
    expect(compareVersions('2.26.0', MERGES_LISTS_SINCE)).toBeLessThan(0);
    expect(compareVersions('2.27.0', MERGES_LISTS_SINCE)).toBe(0);
  });

  it('compare by number, not by text', () => {
    expect(compareVersions('2.9.0', '2.41.0')).toBeLessThan(0);
    expect(compareVersions('2.41.0', '2.9.0')).toBeGreaterThan(0);
    expect(compareVersions('v2.41.0', '2.41.0-rc.1')).toBe(0);
    expect(compareVersions('2.23.1', '2.23.0')).toBeGreaterThan(0);
  });

  it('are three numbers', () => {
    for (const text of ['2.42.0', 'v2.42.0', '2.42.0-rc.1', '2.42.0+build'])
      expect(isVersion(text)).toBe(true);
    for (const text of ['', 'latest', '2.42', '2.42.x', '2.42.0.1']) expect(isVersion(text)).toBe(false);
  });
});
