import { IMPORT_NEEDS, IMPORT_SWITCH, IMPORT_VARIABLES } from '../../import-settings.ts';
import { adminUrlDoubt, adminUrlFault } from '../admin-url.ts';
import type { Api } from '../api.ts';
import type { EnvEntry } from '../env.ts';
import type { Hit, Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { folded, type Reading, type Workload } from '../workload.ts';

/** What the chart gives a pod to start. */
const USUAL_PROBE_SECONDS = 600;
/** What the platform's own import does, counted from its statements. */
const USERS_PER_SECOND = 35;

/** @returns the API's pods, if the import is switched on in them. */
function importing({ api }: Subject): Workload | undefined {
  return api?.main?.isOn(IMPORT_SWITCH) === true ? api.main : undefined;
}

export const MIGRATION_RULES: readonly Rule[] = [
  {
    id: 'migration-without-mode',
    severity: 'error',
    what: 'The import is on and silently does nothing: it needs `ENABLE_USER_MANAGEMENT=true` and `IDP_PROVIDER=keycloak`.',
    advice: 'Set both, or remove the variables of the import.',
    *check(subject): Iterable<Hit> {
      const main = importing(subject);
      if (main === undefined) return;
      const missing = [
        ...(main.isOn('ENABLE_USER_MANAGEMENT') === false ? ['ENABLE_USER_MANAGEMENT is off'] : []),
        ...(main.provider === undefined || main.provider === 'keycloak'
          ? []
          : [`IDP_PROVIDER is ${main.provider}`]),
      ];
      if (missing.length > 0)
        yield {
          at: main.placeOf(IMPORT_SWITCH),
          message: `The import is on, and ${missing.join(' and ')}: nothing would be imported.`,
        };
    },
  },
  {
    id: 'migration-incomplete',
    severity: 'error',
    what: 'The import is on and lacks its address, realm, client or secret. It fails with one line in the log, and the pod starts as if all were well.',
    advice: 'Add the variable.',
    *check(subject): Iterable<Hit> {
      const main = importing(subject);
      const missing = IMPORT_NEEDS.filter((name) => main !== undefined && isMissing(main.read(name)));
      if (main !== undefined && missing.length > 0)
        yield {
          at: main.placeOf(IMPORT_SWITCH),
          message: `The import is on, and has no ${missing.join(', no ')}.`,
          advice: `Add ${missing.join(', ')}.`,
        };
    },
  },
  {
    id: 'migration-on',
    severity: 'warning',
    what: 'The import runs at every start of a pod as long as `KEYCLOAK_MIGRATION_ENABLED` is on. What people changed in the app may be overwritten.',
    advice: 'After the first successful start, remove the variables: codemie platform values migration-off.',
    *check(subject): Iterable<Hit> {
      const main = importing(subject);
      if (main !== undefined)
        yield { at: main.placeOf(IMPORT_SWITCH), message: 'The import runs again at every start of a pod.' };
    },
  },
  {
    id: 'migration-leftovers',
    severity: 'error',
    what: 'The import is off, and some of its variables are still there: a secret of an account in Keycloak among them, in the environment of every pod.',
    advice: 'Remove them: codemie platform values migration-off.',
    *check({ api }): Iterable<Hit> {
      if (api?.main?.isOn(IMPORT_SWITCH) !== false) return;
      const left = leftIn(api);
      const [first] = left;
      if (first !== undefined)
        yield {
          at: first.at,
          message: `The import is off, and these variables of it are left: ${left.map(({ name, at }) => `${name} (line ${at.line})`).join(', ')}.`,
        };
    },
  },
  {
    id: 'migration-many-pods',
    severity: 'error',
    what: 'The import is on and more than one pod starts: replicas, an autoscaler, or the ds-pool and the proxy-pool, which get the same variables. Each of them imports, or waits for another that does.',
    advice: 'Set replicaCount: 1, and switch the autoscaler and the pools off for the import.',
    *check(subject): Iterable<Hit> {
      const main = importing(subject);
      if (main === undefined || subject.api === undefined) return;
      const reasons = manyPods(subject, subject.api, main);
      if (reasons.length > 0)
        yield {
          at: main.placeOf(IMPORT_SWITCH),
          message: `The import is on, and more than one pod runs it: ${reasons.join(', ')}.`,
        };
    },
  },
  {
    id: 'migration-probe',
    severity: 'warning',
    what: 'The import is part of the start of a pod, and the startup probe gives it less time than the chart does. A pod that is killed while it imports starts again.',
    advice: 'Set failureThreshold and periodSeconds of startupProbe for the number of your users.',
    *check(subject): Iterable<Hit> {
      const main = importing(subject);
      const [threshold, period] = ['failureThreshold', 'periodSeconds'].map((name) =>
        subject.api?.setting('startupProbe', name),
      );
      if (main === undefined || typeof threshold?.value !== 'number') return;
      const seconds = threshold.value * (typeof period?.value === 'number' ? period.value : 10);
      if (seconds < USUAL_PROBE_SECONDS)
        yield {
          at: threshold.at,
          message: `A pod has ${seconds} seconds to start, enough to import about ${seconds * USERS_PER_SECOND} people.`,
        };
    },
  },
  {
    id: 'admin-url-wrong',
    severity: 'error',
    what: 'A `KEYCLOAK_ADMIN_URL` that leads nowhere: no URL, spaces, a placeholder, or the path of the admin console or of a realm.',
    advice: 'Write the base address of Keycloak: https://keycloak.example.com',
    check: (subject) => adminUrls(subject, adminUrlFault),
  },
  {
    id: 'admin-url-doubtful',
    severity: 'warning',
    what: 'A `KEYCLOAK_ADMIN_URL` with a slash at its end, the path /auth, plain http, or the host of an example. The documentation of the platform asks for a base address without these.',
    advice: 'Write the base address of Keycloak, as https, without a path.',
    check: (subject) => adminUrls(subject, adminUrlDoubt),
  },
  {
    id: 'admin-realm',
    severity: 'warning',
    what: 'A `KEYCLOAK_ADMIN_REALM` that is `master`: the realm of Keycloak’s own administrators, hardly that of your people.',
    advice: 'Write the realm in which people sign in.',
    *check({ api }): Iterable<Hit> {
      const reading = api?.main?.read('KEYCLOAK_ADMIN_REALM');
      if (reading?.state === 'known' && reading.text.trim() === 'master')
        yield {
          at: reading.entry.value?.at ?? reading.entry.at,
          message: 'The import would read the realm master.',
        };
    },
  },
];

function isMissing(reading: Reading): boolean {
  return reading.state === 'absent' || (reading.state === 'known' && reading.text.trim() === '');
}

function leftIn(api: Api): readonly EnvEntry[] {
  return api.ownEntries.filter(({ name }) => name !== undefined && IMPORT_VARIABLES.includes(folded(name)));
}

function manyPods(subject: Subject, api: Api, main: Workload): readonly string[] {
  const isScaled =
    api.setting('hpa', 'enabled')?.value === true || api.setting('autoscaling', 'enabled')?.value === true;
  const scaler = subject
    .all('autoscaler')
    .find(({ workload, most }) => most > 1 && api.rendered.some(({ name }) => name === workload));
  return [
    ...((main.replicas ?? 1) > 1 ? [`${main.replicas} replicas`] : []),
    ...(isScaled || scaler !== undefined ? ['an autoscaler'] : []),
    ...api.workloads
      .filter((one) => one !== main && one.isOn(IMPORT_SWITCH) === true)
      .map(({ name }) => name),
  ];
}

function* adminUrls({ api }: Subject, judge: (url: string) => string | undefined): Iterable<Hit> {
  const reading = api?.main?.read('KEYCLOAK_ADMIN_URL');
  // %% is what the chart's own placeholders look like.
  const entry = reading?.state === 'absent' ? undefined : reading?.entry;
  const text = entry?.value?.text;
  if (entry?.value === undefined || text === undefined || text === '') return;
  const message = judge(text);
  if (message !== undefined) yield { at: entry.value.at, message };
}
