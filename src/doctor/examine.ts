import { settingsOf } from '../config/effective.ts';
import { named } from '../config/sign-in-again.ts';
import type { Context } from '../context.ts';
import { type Found, findAccess } from '../credentials/find/find-access.ts';
import { openStore } from '../credentials/keep/open-store.ts';
import { modelsOf, userOf } from '../platform-api/models.ts';
import { SIGN_IN, usageError } from '../system/errors.ts';
import { forShell, shellOf } from '../system/shell.ts';
import { asCodemieError } from '../terminal/render-error.ts';
import type { Progress } from '../terminal/terminal.ts';
import { type About, aboutOf } from './about.ts';
import { type Answers, type Check, type DoctorContext, type Finding, failure, skip } from './check.ts';
import { systemProxy } from './system-proxy.ts';

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly status: Finding['status'];
  readonly detail: string;
  /** Commands that fix it. */
  readonly fix: readonly string[];
  /** What to do where no command does it. */
  readonly hints: readonly string[];
  readonly ms: number;
}

export interface Diagnosis {
  readonly schemaVersion: 1;
  readonly ok: boolean;
  /** The failure that explains the others. */
  readonly cause: string | null;
  readonly checks: readonly CheckResult[];
  readonly about: About;
}

export interface ExamineOptions {
  readonly profile?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly offline: boolean;
}

const LIMIT_MS = 5000;
/** Shorter, so that a check names the server that did not answer. */
const REQUEST_MS = 4000;
/** How the detail of a check begins whose cause has failed. */
const BLOCKED = 'not checked: ';

/**
 * Runs the checks in parallel unless they depend on each other, each with a time limit. A check whose cause
 * failed is skipped, and its result says so.
 *
 * @throws USAGE for an unknown ID in `only`.
 */
export async function examine(
  context: Context,
  checks: readonly Check[],
  options: ExamineOptions,
  show: () => Promise<Progress | undefined> = async () => undefined,
): Promise<Diagnosis> {
  const chosen = chosenFrom(checks, options.only);
  const patient = patientOf(context, options);
  const stop = stopOf(context.signal);
  let progress: Progress | undefined;
  try {
    // Before anything is shown, and without a limit: a person types it.
    await askPassphrase(patient);
    progress = await show();
    const results = await runAll(chosen, patient, { offline: options.offline, stop: stop.reached }, progress);
    const cause = results.find((result) => result.status === 'fail')?.id ?? null;
    return { schemaVersion: 1, ok: cause === null, cause, checks: results, about: aboutOf(patient) };
  } finally {
    stop.forget();
    progress?.done();
  }
}

function runAll(
  chosen: readonly Check[],
  patient: DoctorContext,
  bounds: Bounds,
  progress: Progress | undefined,
): Promise<readonly CheckResult[]> {
  const running = new Map<string, Promise<CheckResult>>();
  const left = new Set(chosen);
  const done = (check: Check): void => {
    left.delete(check);
    const [next] = left;
    if (next !== undefined) progress?.update(`Checking: ${next.title}`);
  };
  for (const check of chosen) {
    const causes = (check.after ?? []).flatMap((id) => running.get(id) ?? []);
    const result = runOne(check, causes, patient, bounds);
    running.set(
      check.id,
      result.finally(() => done(check)),
    );
  }
  return Promise.all(running.values());
}

/** One listener for all checks. `reached` rejects when the program receives a stop signal. */
function stopOf(signal: AbortSignal): { readonly reached: Promise<never>; forget(): void } {
  let onAbort = (): void => undefined;
  const reached = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
  });
  reached.catch(() => undefined);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return { reached, forget: () => signal.removeEventListener('abort', onAbort) };
}

interface Bounds {
  readonly offline: boolean;
  /** Rejects when the program receives a stop signal. */
  readonly stop: Promise<never>;
}

async function runOne(
  check: Check,
  causes: readonly Promise<CheckResult>[],
  patient: DoctorContext,
  { offline, stop }: Bounds,
): Promise<CheckResult> {
  const failed = (await Promise.all(causes)).find(
    (result) => result.status === 'fail' || result.detail.startsWith(BLOCKED),
  );
  const started = patient.context.clock.now();
  let finding: Finding;
  if (offline && check.needsNetwork === true) finding = skip('offline');
  else if (failed !== undefined)
    finding = skip(failed.status === 'fail' ? `${BLOCKED}${failed.title} failed` : failed.detail);
  else finding = await bounded(check, patient, stop);
  const { status, detail } = finding;
  const userShell = shellOf(patient.context.platform, patient.context.env);
  const texts = (kind: 'fix' | 'hint'): readonly string[] =>
    (finding.advice ?? []).flatMap(({ [kind]: text }) =>
      text === undefined ? [] : forShell(aboutProfile(text, patient), userShell),
    );
  return {
    id: check.id,
    title: check.title,
    status,
    detail: forShell(detail, userShell),
    fix: texts('fix'),
    hints: texts('hint'),
    ms: patient.context.clock.now() - started,
  };
}

/** Checks of the machine do not know the profile, but their fixes must name the one that the user asked about. */
function aboutProfile(text: string, patient: DoctorContext): string {
  if (!text.includes(SIGN_IN)) return text;
  try {
    return named(text, patient.selection());
  } catch {
    return text;
  }
}

async function bounded(check: Check, patient: DoctorContext, stop: Promise<never>): Promise<Finding> {
  const limit = new AbortController();
  const { signal } = patient.context;
  let timer: NodeJS.Timeout | undefined;
  const limitMs = check.limitMs ?? LIMIT_MS;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      limit.abort();
      const hint = 'Try again when this computer and its network are less busy.';
      resolve({ status: 'fail', detail: `no result within ${limitMs / 1000} s`, advice: [{ hint }] });
    }, limitMs);
    timer.unref();
  });
  try {
    return await Promise.race([check.run(patient, AbortSignal.any([limit.signal, signal])), late, stop]);
  } catch (error) {
    signal.throwIfAborted();
    return failure(asCodemieError(error));
  } finally {
    clearTimeout(timer);
  }
}

function chosenFrom(checks: readonly Check[], only: readonly string[] | undefined): readonly Check[] {
  if (only === undefined) return checks;
  const unknown = only.find((id) => !checks.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw usageError(
      `There is no check "${unknown}" (there are: ${checks.map((check) => check.id).join(', ')}).`,
      { fix: 'codemie doctor' },
    );
  }
  return checks.filter((check) => only.includes(check.id));
}

function patientOf(whole: Context, { profile, baseUrl, offline }: ExamineOptions): DoctorContext {
  const timeoutMs = Math.min(REQUEST_MS, whole.limits.exchangeMs);
  const context: Context = { ...whole, http: (request) => whole.http({ timeoutMs, ...request }) };
  const selection = once(() => settingsOf(context, { profile, baseUrl }));
  const found = once(() => findAccess(context, { profile, baseUrl, offline }));
  const answers = once(() => ask(context, found));
  const proxy = once(() => systemProxy(context));
  return { context, now: context.clock.now(), offline, selection, found, answers, systemProxy: proxy };
}

/** Asks for the passphrase of an encrypted file once. What is wrong with it is for a check to say. */
async function askPassphrase({ context, selection }: DoctorContext): Promise<void> {
  if (!context.terminal.interactive || (context.env['CODEMIE_PASSPHRASE'] ?? '') !== '') return;
  try {
    const { store, id } = selection().profile?.credential ?? {};
    if (store === 'encrypted-file' && id !== undefined) await (await openStore(store, context)).get(id);
  } catch {
    context.signal.throwIfAborted();
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function ask(context: Context, found: () => Promise<Found>): Promise<Answers | undefined> {
  const known = await found();
  if (known.state === 'missing') return undefined;
  const user = await userOf(context, known.access);
  return { user, models: await modelsOf(context, known.access) };
}
