import { compareVersions, UI_ASKS_PLATFORM_SINCE } from '../helm/charts.ts';
import { contentOf, entryAt, scalarOf } from '../helm/nodes.ts';
import type { UiConfig, Values } from './documents.ts';
import type { Place } from './place.ts';

/** What a page of the UI gets in `window._env_`, by the key of the chart. */
export const UI_NAMES = {
  viteEnableUserManagement: 'VITE_ENABLE_USER_MANAGEMENT',
  viteEnableBudgetManagement: 'VITE_ENABLE_BUDGET_MANAGEMENT',
  viteIdpProvider: 'VITE_IDP_PROVIDER',
  viteMcpAuthOrigin: 'VITE_MCP_AUTH_ORIGIN',
  viteBannerMessage: 'VITE_BANNER_MESSAGE',
} as const;

export type UiKey = keyof typeof UI_NAMES;

/** Further names that only pages up to 2.40 look at. */
const FURTHER_OLD_NAMES = ['VITE_SHOW_ALL_PROJECTS', 'VITE_IS_ENTERPRISE_EDITION'];

export interface UiFlag {
  /** As the page gets it. */
  readonly text: string;
  readonly at: Place;
}

/** The UI as the files have it. */
export class Ui {
  readonly values: readonly Values[];
  readonly configs: readonly UiConfig[];
  /** Of the chart that it is checked for; undefined if nobody said it. */
  readonly version: string | undefined;

  constructor(values: readonly Values[], configs: readonly UiConfig[], version: string | undefined) {
    this.values = values;
    this.configs = configs;
    this.version = version;
  }

  /** Where to point when a flag is missing. */
  get at(): Place {
    const last = this.values.at(-1);
    return last?.origin.at(last.root, '') ?? this.configs[0]?.at ?? { file: '', line: 1, from: 1, path: '' };
  }

  /** From 2.41 on, the page asks the platform. Where nobody said the version, files with old flags are for old pages. */
  get hasFlags(): boolean {
    if (this.version !== undefined) return compareVersions(this.version, UI_ASKS_PLATFORM_SINCE) < 0;
    return this.oldFlags.length > 0;
  }

  /** @returns a flag as the page gets it; undefined if no file has it. `extraConfig` stands behind the chart's own. */
  flag(key: UiKey): UiFlag | undefined {
    const name = UI_NAMES[key];
    for (const { settings } of this.configs.toReversed()) {
      const found = settings.get(name);
      if (found !== undefined) return found;
    }
    return this.#last('extraConfig', name) ?? this.#last(key);
  }

  /** Every flag in the files that pages from 2.41 on do not look at. */
  get oldFlags(): readonly (UiFlag & { readonly name: string })[] {
    const keys = Object.keys(UI_NAMES);
    const names = [...Object.values(UI_NAMES), ...FURTHER_OLD_NAMES];
    const inValues = [...keys.map((key) => [key]), ...names.map((name) => ['extraConfig', name])].flatMap(
      (path) => {
        const flag = this.#last(...path);
        return flag === undefined ? [] : [{ ...flag, name: path.join('.') }];
      },
    );
    const rendered = this.configs.flatMap(({ settings }) =>
      [...settings].flatMap(([name, flag]) => (names.includes(name) ? [{ ...flag, name }] : [])),
    );
    return [...inValues, ...rendered];
  }

  /** @returns a value of the chart by its key. */
  setting(key: string): UiFlag | undefined {
    return this.#last(key);
  }

  /** @returns whether a flag is on; undefined where something else fills it in. Pages look for the text `true` alone. */
  isOn(key: UiKey): boolean {
    return this.flag(key)?.text === 'true';
  }

  #last(...path: readonly string[]): UiFlag | undefined {
    for (const { root, origin } of this.values.toReversed()) {
      const entry = entryAt(root, path);
      if (entry === undefined || contentOf(entry.value).kind !== 'scalar') continue;
      return { text: String(scalarOf(entry.value) ?? ''), at: origin.at(entry.key, path.join('.')) };
    }
    return undefined;
  }
}
