import { type ChartLists, chartLists, NEWEST_CHART, poolsOf } from '../helm/charts.ts';
import { Api } from './api.ts';
import type { Item, Target } from './documents.ts';
import { type CheckFile, itemsIn } from './read/file.ts';
import { Ui } from './ui.ts';

/** What a running platform says about itself. */
export interface LiveFacts {
  readonly url: string;
  readonly version?: string;
  readonly access?: 'platform' | 'keycloak';
  readonly provider?: string;
  readonly isEnterprise?: boolean;
}

export interface CheckOptions {
  /** Of the charts that are deployed. */
  readonly chartVersion?: string;
  /** Of the charts that the files are for. */
  readonly to?: string;
  /** The lists of the person's own chart. */
  readonly chart?: ChartLists;
  readonly live?: LiveFacts;
}

type OfKind<K extends Item['kind']> = Extract<Item, { readonly kind: K }>;

/** All files together: one platform. */
export class Subject {
  readonly files: readonly CheckFile[];
  readonly items: readonly Item[];
  readonly api: Api | undefined;
  readonly ui: Ui | undefined;
  readonly live: LiveFacts | undefined;
  /** Of the API's chart that is deployed; undefined if nobody said it. */
  readonly from: string | undefined;
  /** Of the API's chart that the files are for; undefined if nobody said it. */
  readonly to: string | undefined;
  /** Whether the files are for another version than the deployed one. */
  readonly isUpgrade: boolean;
  /** Whether variables of the API may come from where nobody looked. */
  readonly isOpen: boolean;

  constructor(files: readonly CheckFile[], { chartVersion, to, chart, live }: CheckOptions = {}) {
    this.files = files;
    this.items = files.flatMap(itemsIn);
    this.live = live;
    this.from = chartVersion ?? live?.version;
    const values = this.all('values');
    const api = values.filter(({ component }) => component === 'api');
    const rendered = this.all('workload');
    this.isUpgrade = to !== undefined;
    this.to = to ?? versionIn([...api, ...rendered]) ?? this.from;
    this.isOpen = this.all('unseen').some(({ mayHoldEnv }) => mayHoldEnv);
    if (api.length + rendered.length > 0) {
      const version = this.to ?? NEWEST_CHART;
      this.api = new Api(api, rendered, chart ?? chartLists(version), poolsOf(version), this.isOpen);
    }
    const ui = values.filter(({ component }) => component === 'ui');
    const configs = this.all('ui-config');
    if (ui.length + configs.length > 0)
      this.ui = new Ui(ui, configs, to ?? versionIn([...ui, ...configs]) ?? chartVersion);
  }

  all<K extends Item['kind']>(kind: K): readonly OfKind<K>[] {
    return this.items.filter((item): item is OfKind<K> => item.kind === kind);
  }
}

function versionIn(items: readonly { readonly target: Target }[]): string | undefined {
  return items.findLast(({ target }) => target.version !== undefined)?.target.version;
}
