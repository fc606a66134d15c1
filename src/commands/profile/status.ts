import { profileOption, signInAgain } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import type { Credential } from '../../credentials/credential.ts';
import { whereObtained } from '../../credentials/errors.ts';
import { endsSoon, expiryState, type Validity } from '../../credentials/expiry.ts';
import { type Found, findAccess } from '../../credentials/find/find-access.ts';
import { type AccessControl, UNKNOWN_ACCESS } from '../../platform-api/roles.ts';
import type { Signature } from '../../platform-api/verify-signature.ts';
import type { Advice, CodemieError } from '../../system/errors.ts';
import { forShell, shellOf } from '../../system/shell.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import type { CommandRun } from '../spec.ts';
import { type StatusReport, type StatusState, statusText } from './status-report.ts';

/** `codemie profile status`: connection, identity, validity, source and store of the credential, models, provider. */
export const run: CommandRun = async ({ options }, context) => {
  const found = await findAccess(context, {
    profile: options.text('profile'),
    trustProject: options.on('trust-project'),
    offline: options.on('offline'),
  });
  const report = forUser(await reportOf(context, found, options.on('offline')), context);
  if (!options.on('check')) {
    if (options.on('json')) context.terminal.print(redactedJson(report));
    else context.terminal.print(statusText(report, context.clock.now()));
  }
  return EXITS[report.state];
};

/** The advice with its commands written for the user's shell. */
function forUser(report: StatusReport, { platform, env }: Context): StatusReport {
  const rewrite = (text: string): string => forShell(text, shellOf(platform, env));
  const { warnings, fix, hint } = report;
  return {
    ...report,
    warnings: warnings.map(rewrite),
    fix: fix.map(rewrite),
    hint: hint === null ? null : rewrite(hint),
  };
}

const EXITS: Readonly<Record<StatusState, number>> = {
  valid: 0,
  expiring: 0,
  unverified: 0,
  expired: 4,
  ended: 4,
  refused: 4,
  missing: 4,
  unreachable: 5,
  'not-a-platform': 5,
};

async function reportOf(context: Context, found: Found, offline: boolean): Promise<StatusReport> {
  const selection = found.state === 'found' ? found.access.selection : found.selection;
  const base = {
    schemaVersion: 1,
    profile: selection.profileName,
    url: selection.origin ?? null,
    provider: {
      name: selection.keyProvider?.name ?? selection.profile?.provider ?? null,
      authMethod: selection.keyProvider === undefined ? (selection.authMethod ?? null) : 'api-key',
      project: selection.project ?? null,
      model: selection.model ?? null,
      integration: selection.integration ?? null,
    },
  } as const;
  if (found.state === 'missing') {
    return {
      ...base,
      state: 'missing',
      kind: null,
      source: null,
      sourceName: null,
      store: selection.profile?.credential?.store ?? null,
      identity: {},
      obtainedAt: null,
      expiresAt: null,
      refreshable: false,
      connection: { state: 'not-checked' },
      models: [],
      platform: UNKNOWN_ACCESS,
      signature: null,
      shadowed: [],
      warnings: found.warnings,
      ...adviceOf(found.error),
    };
  }
  const online = offline ? undefined : await ask(context, found.access);
  return { ...base, ...describe(found.access, online, offline, context.clock.now()) };
}

const UNCHECKED: Signature = { state: 'not-verified', reason: 'nobody was asked' };

interface Answer {
  /** The credential after the calls, which may have renewed it. */
  readonly credential: Credential;
  readonly identity: StatusReport['identity'];
  readonly models: StatusReport['models'];
  readonly platform: AccessControl;
  readonly signature?: Signature;
  readonly connection: StatusReport['connection']['state'];
  /** Why a request to the platform failed. */
  readonly error?: CodemieError;
}

/** Uses the credential: renews it if needed, and asks the platform who the user is and which models they may use. */
async function ask(context: Context, access: Access): Promise<Answer> {
  let credential = access.credential;
  let identity: Answer['identity'] = {};
  let platform: AccessControl = UNKNOWN_ACCESS;
  let answered = false;
  const listening: Context = {
    ...context,
    http: async (request) => {
      const response = await context.http(request);
      answered = true;
      return response;
    },
  };
  try {
    credential = await access.fresh();
    const { modelsOf, userOf } = await import('../../platform-api/models.ts');
    const user = await userOf(listening, access);
    const { id, name, email } = user ?? {};
    identity = { ...(id && { id }), ...(name && { name }), ...(email && { email }) };
    const { accessControlOf } = await import('../../platform-api/access-control.ts');
    const asked = accessControlOf(listening, access, user).then((known) => {
      platform = known;
    });
    const models = (await modelsOf(listening, access)).map((model) => ({ id: model.id }));
    await asked;
    credential = await access.fresh();
    if (credential.kind !== 'jwt') return { credential, identity, models, platform, connection: 'ok' };
    const { verifySignature } = await import('../../platform-api/verify-signature.ts');
    const signature = await verifySignature(context, access, credential.token);
    return { credential, identity, models, platform, signature, connection: 'ok' };
  } catch (thrown) {
    context.signal.throwIfAborted();
    const { asCodemieError } = await import('../../terminal/render-error.ts');
    const error = asCodemieError(thrown);
    // Unusable settings say nothing about the credential.
    if (error.exit === 'config') throw error;
    return { credential, identity, models: [], platform, connection: connectionOf(error, answered), error };
  }
}

/** A server that answers 404 everywhere has not proved to be a platform. */
function connectionOf({ code, exit }: CodemieError, answered: boolean): Answer['connection'] {
  if (code === 'NOT_A_PLATFORM') return 'not-checked';
  if (exit === 'unreachable') return 'unreachable';
  return answered && exit !== 'failed' ? 'ok' : 'not-checked';
}

function describe(access: Access, answer: Answer | undefined, offline: boolean, now: number) {
  const credential = answer?.credential ?? access.credential;
  const local = expiryState(credential, now);
  const error = answer?.error;
  const warnings = [...access.warnings];
  const soon = endsSoon(credential, now);
  if (soon !== undefined && !warnings.includes(soon)) warnings.push(soon);
  if (error !== undefined) warnings.push(error.message);
  const state = stateOf(local, answer, offline, access.refreshable);
  return {
    state,
    kind: credential.kind,
    source: access.source,
    sourceName: access.sourceName,
    store: access.store ?? null,
    identity: { ...credential.identity, ...answer?.identity },
    obtainedAt: new Date(credential.obtainedAt).toISOString(),
    expiresAt: credential.expiresAt === undefined ? null : new Date(credential.expiresAt).toISOString(),
    refreshable: access.refreshable && state !== 'ended',
    connection: { state: answer?.connection ?? 'not-checked' },
    models: answer?.models ?? [],
    platform: answer?.platform ?? UNKNOWN_ACCESS,
    signature: answer?.signature ?? (credential.kind === 'jwt' ? UNCHECKED : null),
    shadowed: access.shadowed,
    warnings,
    ...adviceOf(error ?? (local === 'expired' ? { fix: remedy(access) } : {})),
  } as const;
}

/** The state that an error implies, whatever the credential's own dates say. */
const STATES: Readonly<Record<string, StatusState>> = {
  AUTH_EXPIRED: 'expired',
  AUTH_REVOKED: 'ended',
  AUTH_MISSING: 'missing',
  NOT_A_PLATFORM: 'not-a-platform',
};

function stateOf(
  local: Validity,
  answer: Answer | undefined,
  offline: boolean,
  refreshable: boolean,
): StatusState {
  const { error, identity = {} } = answer ?? {};
  const known = STATES[error?.code ?? ''];
  if (known !== undefined) return known;
  if (error?.exit === 'unreachable') return local === 'expired' && !refreshable ? 'expired' : 'unreachable';
  if (local === 'expired') return 'expired';
  if (offline) return 'unverified';
  if (error === undefined) return local;
  // A user whom the platform identifies is signed in, even if it denies other requests.
  if (error.exit === 'denied' && identity.id !== undefined) return local;
  return error.exit === 'auth' || error.exit === 'denied' ? 'refused' : 'unverified';
}

/** The JSON form knows one hint, which is the command where there is no sentence. */
function adviceOf({ fix: command, hint }: Advice): Pick<StatusReport, 'fix' | 'hint'> {
  // Whoever reads the status does not need the advice to read it.
  const fix = command?.startsWith('codemie profile status') === true ? undefined : command;
  return { fix: fix === undefined ? [] : [fix], hint: hint ?? fix ?? null };
}

function remedy(access: Access): string {
  const { selection, credential } = access;
  return access.refreshable
    ? `codemie profile refresh${profileOption(selection)}`
    : signInAgain(whereObtained(credential, selection));
}
