import { compareVersions } from '../../helm/charts.ts';
import type { Hit, Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { folded } from '../workload.ts';

/** Switches that do something once. */
const ONE_TIME = ['LLM_PROXY_BUDGET_RECONCILIATION_ENABLED', 'LLM_PROXY_BUDGET_BACKFILL_ENABLED'];
/** Settings of the API's chart that do nothing any more, with the first version without them. */
const DEAD_VALUES: readonly (readonly [path: readonly string[], since: string])[] = [
  [['opsPool'], '2.29.1'],
  [['security', 'processAuthSecret'], '2.35.0'],
];
/** No version reads it. */
const DEAD_VARIABLE = 'USE_POSTGRES';
const NO_ANALYTICS_SINCE = '2.28.0';

export const LEFTOVER_RULES: readonly Rule[] = [
  {
    id: 'switch-left-on',
    severity: 'warning',
    what: 'A switch for one run is on: `LLM_PROXY_BUDGET_RECONCILIATION_ENABLED` (since 2.26). It needs one replica, and is switched off after its run.',
    advice: 'Remove it once it has run.',
    *check({ api }): Iterable<Hit> {
      const main = api?.main;
      for (const name of ONE_TIME)
        if (main?.isOn(name) === true)
          yield { at: main.placeOf(name), message: `${name} runs again at every start of a pod.` };
    },
  },
  {
    id: 'setting-dead',
    severity: 'warning',
    what: 'A setting that does nothing (any more): `opsPool` (from 2.29.1 on), `security.processAuthSecret` (from 2.35), `viteEnableAnalytics` (from 2.28), `USE_POSTGRES`.',
    advice: 'Remove it.',
    *check(subject): Iterable<Hit> {
      for (const [path, since] of DEAD_VALUES) {
        const at = placeOf(subject, path);
        if (at !== undefined && isFrom(subject.to, since))
          yield { at, message: `${path.join('.')} does nothing from chart ${since} on.` };
      }
      for (const { name, at } of subject.api?.ownEntries ?? [])
        if (name !== undefined && folded(name) === DEAD_VARIABLE)
          yield { at, message: `No server reads ${name}.` };
      const analytics = subject.ui?.setting('viteEnableAnalytics');
      if (analytics !== undefined && isFrom(subject.ui?.version, NO_ANALYTICS_SINCE))
        yield {
          at: analytics.at,
          message: `viteEnableAnalytics does nothing from the UI ${NO_ANALYTICS_SINCE} on.`,
        };
    },
  },
];

function placeOf({ api }: Subject, path: readonly string[]) {
  return api?.setting(...path)?.at;
}

/** Where nobody said the version, it is a new one. */
function isFrom(version: string | undefined, since: string): boolean {
  return version === undefined || compareVersions(version, since) >= 0;
}
