import { type Splice, splice, unifiedDiff } from '../../../change/unified-diff.ts';
import { chartEntry } from '../chart-values.ts';
import { type ChartLists, compareVersions, isVersion, UI_ASKS_PLATFORM_SINCE } from '../charts.ts';
import { memberOf, scalarOf } from '../nodes.ts';
import { editApi } from './api.ts';
import { listToPaste } from './block.ts';
import { type EnvList, envLists, isNamed, valueIn } from './env-lists.ts';
import { readValues, type ValuesFile } from './file.ts';
import { secretLines } from './hidden.ts';
import { NotEditable } from './text.ts';
import { editUi } from './ui.ts';
import { type Action, type Given, wantsFor } from './wants.ts';

/** A file as it was read. */
export interface Source {
  /** As the person gave it. */
  readonly path: string;
  readonly text: string;
}

export interface Request {
  readonly action: Action;
  readonly api: Source;
  readonly ui: Source | undefined;
  readonly chart: ChartLists;
  /** Of both charts; undefined where nobody said it. */
  readonly version: string | undefined;
  readonly given: Given;
  readonly budgets: boolean;
  /** @returns whether a comment at a line of the API's file says that IDP_PROVIDER is left out on purpose. */
  isMeant(line: number): boolean;
}

/** The rule of `codemie platform check` for a list without IDP_PROVIDER. */
export const SIGN_IN_RULE = 'idp-provider-lost';

export interface FileEdit {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** Empty where nothing changes. */
  readonly diff: string;
  /** The diff masks a secret, so nothing can apply it. */
  readonly isMasked: boolean;
}

export type ValuesPlan =
  | { readonly kind: 'edited'; readonly api: FileEdit; readonly ui: FileEdit | undefined }
  | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  readonly path: string;
  readonly line: number | undefined;
  /** A sentence without a full stop. */
  readonly reason: string;
  /** What to do besides pasting; a sentence. */
  readonly advice: string | undefined;
  /** YAML to paste; undefined where entries have to go. */
  readonly block: string | undefined;
}

/**
 * Plans an edit of values files: all of it, or nothing.
 *
 * @throws MissingValue for a variable that needs a value from the person.
 */
export async function planValues(request: Request): Promise<ValuesPlan> {
  const { action, api, ui, chart, given } = request;
  const wants = wantsFor(action, given);
  const edited = attempt(() => {
    const file = readValues(api.text);
    assertSignIn(file, request);
    return editOf(api, file, editApi(file, wants));
  });
  if (edited instanceof NotEditable) {
    const block = action === 'migration-off' ? undefined : await listToPaste(chart, ownList(api.text), wants);
    return refusal(api, edited, block);
  }
  const uiWants = uiWantsFor(request);
  if (ui === undefined || uiWants === undefined) return { kind: 'edited', api: edited, ui: undefined };
  const uiEdit = attempt(() => {
    const file = readValues(ui.text);
    return editOf(ui, file, editUi(file, uiWants, uiVersion(file, request.version)));
  });
  if (uiEdit instanceof NotEditable)
    return refusal(
      ui,
      uiEdit,
      `viteEnableUserManagement: ${uiWants.users}\nviteEnableBudgetManagement: ${uiWants.budgets}\n`,
    );
  return { kind: 'edited', api: edited, ui: uiEdit };
}

/** The end of a migration changes nothing in the UI. */
function uiWantsFor({ action, budgets }: Request) {
  if (action === 'migration-off') return undefined;
  return action === 'disable' ? { users: false, budgets: false } : { users: true, budgets };
}

/** @returns the version that the person said, else the one of the image in the file. */
export function uiVersion({ root }: ValuesFile, version: string | undefined): string | undefined {
  const tag = scalarOf(memberOf(root, 'image', 'tag'));
  return version ?? (typeof tag === 'string' && isVersion(tag) ? tag : undefined);
}

/** @returns whether the UI has no flags of its own: it asks the platform. */
export function asksPlatform(version: string | undefined): boolean {
  return version !== undefined && compareVersions(version, UI_ASKS_PLATFORM_SINCE) >= 0;
}

/**
 * A list in a values file takes the place of the chart's. Without IDP_PROVIDER the server signs in everybody who sends
 * a name in a header, so platform-managed mode is not switched on over such a list.
 *
 * @throws NotEditable.
 */
function assertSignIn(file: ValuesFile, { action, chart, isMeant }: Request): void {
  if (action === 'disable' || action === 'migration-off') return;
  const lists = envLists(file.root);
  const own = lists.find(({ path }) => path === 'extraEnv');
  if (own === undefined)
    throw new NotEditable('it has no list extraEnv, and one would replace the whole list of the chart');
  const idp = effectiveIdp(lists, chart);
  if (
    idp === undefined &&
    !isMeant(own.entry.key.line) &&
    [...chart.extraEnv, ...chart.customEnv].some((entry) => isNamed(entry, 'IDP_PROVIDER'))
  )
    throw new NotEditable(
      'its list extraEnv replaces the one of the chart and lacks IDP_PROVIDER, so the platform would fall back to the sign-in "local"',
      own.entry.key.line,
      `If that is on purpose, write above extraEnv: # codemie: ignore ${SIGN_IN_RULE} because REASON.`,
    );
  if (action === 'migration-on' && typeof idp === 'string' && idp !== 'keycloak')
    throw new NotEditable(
      `IDP_PROVIDER is ${idp}, and the import only runs with keycloak: you do not need it`,
    );
}

/** @returns undefined where no list has it. */
function effectiveIdp(lists: readonly EnvList[], chart: ChartLists): unknown {
  const named = (['extraEnv', 'customEnv'] as const).flatMap((path) => {
    const own = lists.find((list) => list.path === path);
    const found = own === undefined ? chart[path] : own.entries;
    return found.filter((entry) => isNamed(entry, 'IDP_PROVIDER'));
  });
  const last = named.at(-1);
  if (last === undefined) return undefined;
  return 'node' in last ? (valueIn(last) ?? null) : last.value;
}

/** The variables that the file has, as far as it can be read. */
function ownList(text: string) {
  try {
    const lists = envLists(readValues(text).root);
    return (
      lists
        .find(({ path }) => path === 'extraEnv')
        ?.entries.map(({ name, value, valueFrom }) => chartEntry(name, value?.value, valueFrom?.value)) ?? []
    );
  } catch (error) {
    if (error instanceof NotEditable) return [];
    throw error;
  }
}

function attempt<T>(work: () => T): T | NotEditable {
  try {
    return work();
  } catch (error) {
    if (error instanceof NotEditable) return error;
    throw error;
  }
}

function refusal(
  { path }: Source,
  { line, message: reason, advice }: NotEditable,
  block: string | undefined,
): Refusal {
  return { kind: 'refused', path, line, reason, advice, block };
}

function editOf({ path, text }: Source, { root }: ValuesFile, splices: readonly Splice[]): FileEdit {
  const plain = unifiedDiff(path, text, splices);
  const diff = unifiedDiff(path, text, splices, secretLines(text, root));
  return { path, before: text, after: splice(text, splices), diff, isMasked: diff !== plain };
}
