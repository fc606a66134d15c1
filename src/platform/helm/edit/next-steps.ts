import { shellWord } from '../../../config/sign-in-again.ts';
import { counted } from '../../../system/counted.ts';
import { DEFAULT_SECRET, IMPORT_VARIABLES } from '../../import-settings.ts';
import { type ChartLists, compareVersions, MERGES_LISTS_SINCE } from '../charts.ts';
import { placesOf } from './api.ts';
import { type EnvList, envLists, isNamed } from './env-lists.ts';
import { readValues } from './file.ts';
import { asksPlatform, type FileEdit, type Request, uiVersion } from './plan.ts';
import { deadFlags } from './ui.ts';
import { type Want, wantsFor } from './wants.ts';

/** @returns what to know about an edit, as sentences. */
export function remarks(request: Request, api: FileEdit, ui: FileEdit | undefined): readonly string[] {
  const { action, version, chart } = request;
  const before = envLists(readValues(api.before).root);
  const after = envLists(readValues(api.after).root);
  return [
    ...[api, ui].flatMap((edit) => (edit === undefined ? [] : stateOf(edit))),
    ...twice(before, wantsFor(action, request.given), version),
    ...leftOut(after, chart, api.path),
    ...(action === 'migration-off' ? keptOnPurpose(after, chart) : []),
    ...(action === 'migration-off' ? [...stillUsed(api.after), ...emptied(before, after)] : []),
    ...(action === 'disable' ? leftOn(after, api.path) : []),
    ...withPath(request.given.keycloakUrl),
    ...aboutUi(request, ui),
  ];
}

function stateOf({ path, before, after, isMasked }: FileEdit): readonly string[] {
  if (before === after) return [`${path} needs no change.`];
  return isMasked
    ? [`The diff of ${path} masks secrets (***), so patch cannot apply it; --write makes the change.`]
    : [];
}

/** Kubernetes merges by name: where a list had a name twice, taking one copy away can delete the variable. */
function twice(
  lists: readonly EnvList[],
  wants: readonly Want[],
  version: string | undefined,
): readonly string[] {
  if (version !== undefined && compareVersions(version, MERGES_LISTS_SINCE) >= 0) return [];
  const ofApi = lists.filter(({ keys }) => keys.length === 1);
  return wants.flatMap(({ name, kind }) => {
    const lines = placesOf(ofApi, name).map(([, { node }]) => node.line);
    if (lines.length < 2) return [];
    const place = `${name} stands in ${counted(lines.length, 'place')} (lines ${lines.join(', ')}).`;
    return kind === 'remove'
      ? [
          `${place} All are removed. Before chart ${MERGES_LISTS_SINCE} both lists reach the Deployment; after the upgrade, check that it is gone: kubectl set env deployment/codemie-api --list -n codemie`,
        ]
      : [
          `${place} With a chart before ${MERGES_LISTS_SINCE} both reach the Deployment, and an upgrade to a newer one may delete the variable there. Remove one of them; after the upgrade, check: kubectl set env deployment/codemie-api --list -n codemie. If it is gone, set it: kubectl set env deployment/codemie-api ${name}=VALUE -n codemie`,
        ];
  });
}

/** A list takes the place of the chart's; this says how much of it is lost. */
function leftOut(lists: readonly EnvList[], chart: ChartLists, path: string): readonly string[] {
  return (['extraEnv', 'customEnv'] as const).flatMap((name) => {
    const own = lists.find((list) => list.path === name);
    if (own === undefined) return [];
    const here = lists.flatMap(({ entries }) => entries);
    const lost = chart[name].filter((entry) => !here.some((one) => isNamed(one, entry.name.toUpperCase())));
    return lost.length === 0
      ? []
      : [
          `${name} leaves out ${lost.length} of the ${counted(chart[name].length, 'variable')} of the chart. That was so before. To see which: codemie platform check ${shellWord(path)}`,
        ];
  });
}

function keptOnPurpose(lists: readonly EnvList[], chart: ChartLists): readonly string[] {
  const limit = placesOf(lists, 'USER_PROJECT_LIMIT')[0]?.[1];
  const others = counted(chart.extraEnv.length, 'variable');
  return [
    `The list keeps its other entries. A list with ENABLE_USER_MANAGEMENT alone would ${
      limit === undefined ? '' : 'reset USER_PROJECT_LIMIT to 3 for new users, and '
    }drop the ${others} of the chart, IDP_PROVIDER among them.`,
  ];
}

/** An empty list takes the place of the chart's, too. */
function emptied(before: readonly EnvList[], after: readonly EnvList[]): readonly string[] {
  const had = before.filter(({ entries }) => entries.length > 0).map(({ path }) => path);
  return after
    .filter(({ path, keys, entries }) => entries.length === 0 && keys.length === 1 && had.includes(path))
    .map(
      ({ path }) =>
        `${path} is an empty list now. It still replaces the list of the chart, and of a values file before this one. To use those again, remove ${path} from the file.`,
    );
}

function stillUsed(after: string): readonly string[] {
  const used = IMPORT_VARIABLES.filter((name) => after.includes(`$(${name})`));
  return used.map((name) => `Another value still refers to $(${name}), which is gone now.`);
}

/** The platform's documentation wants the address without /auth, and old Keycloak servers only answer there. */
function withPath(url: string | undefined): readonly string[] {
  if (url === undefined || new URL(url).pathname === '/') return [];
  return [
    'The platform expects the address of Keycloak without a path. To see which address answers: codemie platform migrate plan --source-only',
  ];
}

function leftOn(lists: readonly EnvList[], path: string): readonly string[] {
  const left = IMPORT_VARIABLES.some((name) => placesOf(lists, name).length > 0);
  return [
    'Roles and projects come from Keycloak again. What people changed in the app stays in the database, and counts again after the next enable.',
    ...(left
      ? [
          `Variables of the import are still there. Remove them: codemie platform values migration-off --api ${shellWord(path)} --write`,
        ]
      : []),
  ];
}

function aboutUi({ action, ui, version }: Request, edit: FileEdit | undefined): readonly string[] {
  if (action === 'migration-off') return [];
  if (ui === undefined)
    return asksPlatform(version)
      ? budgetsElsewhere(action)
      : [
          'The UI must say the same, or it shows missing controls or API errors: give its values with --ui. UI 2.41 and newer asks the platform, and needs nothing.',
        ];
  const file = readValues(ui.text);
  const known = uiVersion(file, version);
  const dead = deadFlags(file, known);
  if (dead.length > 0)
    return [`${ui.path}: UI ${known} does not read ${dead.join(' and ')}.`, ...budgetsElsewhere(action)];
  if (asksPlatform(known)) return budgetsElsewhere(action);
  return known === undefined && edit !== undefined && edit.before !== edit.after
    ? [
        `UI 2.41 and newer does not read its flags. With --chart-version 2.41.0 or newer they stay out of ${ui.path}.`,
      ]
    : [];
}

function budgetsElsewhere(action: Request['action']): readonly string[] {
  return action === 'enable'
    ? [
        'UI 2.41 and newer asks the platform. Budgets are switched by the component features:budgetManagement in customer-config.yaml of the API.',
      ]
    : [];
}

/** @returns the commands that come next, as lines. */
export function nextSteps({ action }: Request, api: FileEdit, ui: FileEdit | undefined): readonly string[] {
  const upgrades = [
    { release: 'codemie-api', edit: api },
    { release: 'codemie-ui', edit: ui },
  ].flatMap(({ release, edit }) =>
    edit === undefined ? [] : [`helm upgrade ${release} <chart> -f ${shellWord(edit.path)} -n codemie`],
  );
  return [
    ...(action === 'migration-on'
      ? [
          'Create the client and its secret, if they do not exist yet:',
          '  codemie platform migration-client create --as-secret | kubectl apply -f -',
        ]
      : []),
    'Apply the changes, with all other values files that you use, in their order:',
    ...upgrades.map((line) => `  ${line}`),
    ...AFTERWARDS[action](api.path),
  ];
}

const AFTERWARDS: Readonly<Record<Request['action'], (path: string) => readonly string[]>> = {
  enable: () => [
    'A fresh installation needs nothing more, and neither does one with another IDP_PROVIDER than keycloak.',
    'An existing one with users in Keycloak imports them: codemie platform migrate plan',
  ],
  'migration-on': (path) => [
    'Not needed for a fresh installation, and without effect unless IDP_PROVIDER is keycloak.',
    'After the first successful start, take it out again:',
    `  codemie platform values migration-off --api ${shellWord(path)} --write`,
  ],
  'migration-off': () => [
    'Then delete the client and its secret:',
    '  codemie platform migration-client delete',
    `  kubectl delete secret ${DEFAULT_SECRET.name} -n ${DEFAULT_SECRET.namespace}`,
  ],
  disable: () => [],
};
