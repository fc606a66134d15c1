import { isImportWaiting } from '../../config/ca-file.ts';
import { settingsOf } from '../../config/effective.ts';
import type { KeyProvider } from '../../config/providers.ts';
import type { Selection, Wanted } from '../../config/selection.ts';
import { forProfile, option, signInAgain } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import type { Origin } from '../../net/origin.ts';
import { CodemieError, SIGN_IN, usageError } from '../../system/errors.ts';
import type { Credential, StoreName } from '../credential.ts';
import { openStore, storeName } from '../keep/open-store.ts';
import { keeper } from '../renew/renewing-access.ts';
import { apiKeyCredential } from './api-key-credential.ts';
import { givenToken } from './given-token.ts';
import {
  DEFAULT_TOKEN_VARIABLE,
  KEY_VARIABLE,
  type Resolution,
  resolve,
  type TokenFlag,
} from './resolver.ts';
import { isBearer, variablesOf } from './token-source.ts';

export interface AccessRequest extends Wanted {
  readonly token?: TokenFlag | undefined;
  /** No request at all, not even for the platform's time. */
  readonly offline?: boolean | undefined;
}

/** The credential in use: where it came from, and how it stays fresh. */
export interface Access {
  readonly selection: Selection;
  readonly origin: Origin;
  /** As it was found; maybe expired. */
  readonly credential: Credential;
  readonly source: 'flag' | 'env' | 'store';
  /** `--jwt-token`, the variable's name, or the store's. */
  readonly sourceName: string;
  readonly store: StoreName | undefined;
  readonly shadowed: readonly string[];
  readonly warnings: readonly string[];
  readonly refreshable: boolean;
  /**
   * A credential that lives `minTtlMs` longer, renewed when needed. While the old one is still good, a renewal that
   * fails for a passing reason is not an error (S30).
   * @throws AUTH_EXPIRED, AUTH_REVOKED (4), UNREACHABLE (5).
   */
  fresh(minTtlMs?: number): Promise<Credential>;
  /** Renews once after the platform refused `refused`, or returns what another process has renewed since. */
  renew(refused: Credential): Promise<Credential>;
  /** Takes note of `Set-Cookie` lines of the platform's gateway, which renews its sessions that way. */
  observe(setCookie: readonly string[]): Promise<void>;
}

export type Found =
  | { readonly state: 'found'; readonly access: Access }
  | {
      readonly state: 'missing';
      readonly selection: Selection;
      readonly warnings: readonly string[];
      readonly error: CodemieError;
    };

/** @throws AUTH_MISSING (4), or INPUT_REQUIRED (2) when there is a token but no address to use it at. */
export async function openAccess(context: Context, request: AccessRequest): Promise<Access> {
  const found = await findAccess(context, request);
  if (found.state === 'found') return found.access;
  // What was passed over is most likely what was meant.
  for (const warning of found.warnings) context.terminal.say(`warning: ${warning}`);
  throw found.error;
}

/**
 * Finds the credential in force: flag, environment, store.
 *
 * @throws CONFIG_*, PROFILE_UNKNOWN, PROVIDER_UNSUPPORTED (9), STORE_* (8), AUTH_MALFORMED (4) for a token that is none.
 */
export async function findAccess(context: Context, request: AccessRequest): Promise<Found> {
  const selection = settingsOf(context, request);
  const { profile, origin, keyProvider } = selection;
  if (selection.unsupported !== undefined) throw unsupportedProvider(selection.unsupported, selection);
  const reference = profile?.credential;
  if (keyProvider !== undefined && request.token !== undefined) throw tokenForProvider(keyProvider.title);
  const resolution = resolve({
    flag: request.token,
    env: selection.env,
    variables: variablesOf(selection),
    store: reference === undefined ? undefined : { store: storeName(reference.store), id: reference.id },
  });
  const missing = (error: CodemieError): Found => ({
    state: 'missing',
    selection,
    warnings: [...selection.notices, ...resolution.warnings, ...waitingImport(context)],
    error,
  });
  if (resolution.source === undefined) return missing(notSignedIn(selection));
  if (origin === undefined) return missing(noAddress(resolution.sourceName));
  const base = { selection, origin, shadowed: resolution.shadowed };

  if (resolution.source !== 'store') {
    const { credential, notices } =
      keyProvider === undefined
        ? await givenToken(context, resolution.token, origin, { offline: request.offline === true }).catch(
            (error: unknown) => Promise.reject(withSource(error, resolution)),
          )
        : apiKeyCredential(resolution.token, origin, context.clock.now(), keyProvider.keyHeader);
    const { source, sourceName } = resolution;
    const warnings = [...selection.notices, ...resolution.warnings, ...notices];
    return {
      state: 'found',
      access: keeper(
        context,
        { ...base, source, sourceName, store: undefined, warnings },
        credential,
        undefined,
      ),
    };
  }
  return forProfile(selection, () => fromStore(context, resolution, base, missing));
}

/** An access without what keeps it fresh. */
export type AccessFacts = Omit<Access, 'credential' | 'refreshable' | 'fresh' | 'renew' | 'observe'>;

async function fromStore(
  context: Context,
  resolution: Resolution & { readonly source: 'store' },
  base: Pick<AccessFacts, 'selection' | 'origin' | 'shadowed'>,
  missing: (error: CodemieError) => Found,
): Promise<Found> {
  const { id, sourceName } = resolution;
  // S39: a credential is looked up for the origin it was issued for and for no other.
  if (!id.startsWith(`${base.origin}#`)) return missing(notSignedIn(base.selection));
  const store = await openStore(sourceName, context);
  const credential = await store.get(id);
  if (credential === undefined || credential.origin !== base.origin)
    return missing(notSignedIn(base.selection));
  // A robot's profile never runs as a person, whatever once was stored for it.
  if (isBearer(base.selection) && credential.kind !== 'jwt') return missing(notSignedIn(base.selection));
  const warnings = [...base.selection.notices, ...resolution.warnings];
  if (sourceName === 'plaintext-file')
    warnings.push((await import('../../secrets/plaintext-file.ts')).PLAINTEXT_WARNING);
  const facts = { ...base, source: 'store', sourceName, store: sourceName, warnings } as const;
  return { state: 'found', access: keeper(context, facts, credential, { store, id }) };
}

/** Rubbish in a variable hides a good sign-in, and signing in again would change nothing. */
function withSource(error: unknown, { source, shadowed, ...chosen }: Resolution): unknown {
  if (!(error instanceof CodemieError) || error.code !== 'AUTH_MALFORMED') return error;
  if (source !== 'env' || !('sourceName' in chosen)) return error;
  const { message, code, exit, hint, remedies } = error;
  const hides = shadowed.length === 0 ? '' : ` It hides your sign-in in ${shadowed.join(', ')}.`;
  const fix = hides === '' ? hint : `unset ${chosen.sourceName}`;
  return new CodemieError({
    code,
    exit,
    message: `${chosen.sourceName} holds no token that can be used. ${message}${hides}`,
    ...(fix === undefined ? {} : { hint: fix }),
    remedies,
  });
}

function waitingImport({ home }: Context): readonly string[] {
  return isImportWaiting(home)
    ? ['The existing CodeMie CLI keeps sign-ins or keys here. To copy them: codemie profile list']
    : [];
}

function tokenForProvider(title: string): CodemieError {
  return usageError(
    `A platform's token is not sent to ${title}.`,
    'Name the platform with --base-url https://your-codemie-instance.com, or leave the token out',
  );
}

function notSignedIn(selection: Selection): CodemieError {
  const where = selection.origin === undefined ? '' : ` to ${selection.origin}`;
  if (selection.keyProvider !== undefined) return noKey(selection.keyProvider, selection);
  const bearer = isBearer(selection);
  const variable = selection.profile?.jwtConfig?.tokenEnvVar ?? DEFAULT_TOKEN_VARIABLE;
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: bearer
      ? `No token was given${where} (profile ${selection.profileName}): neither --jwt-token, nor ${variable}, nor the secret store holds one.`
      : `Nobody is signed in${where} (profile ${selection.profileName}).`,
    hint: bearer ? `export ${variable}="<token>", or pass --jwt-token-file FILE` : signInAgain(selection),
    exit: 'auth',
  });
}

function noKey({ title }: KeyProvider, selection: Selection): CodemieError {
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: `There is no API key for ${title}: neither ${KEY_VARIABLE} nor the secret store holds one.`,
    hint: signInAgain(selection),
    exit: 'auth',
  });
}

function unsupportedProvider(title: string, { profileName }: Selection): CodemieError {
  const name = option('profile', profileName);
  return new CodemieError({
    code: 'PROVIDER_UNSUPPORTED',
    message: `Profile "${profileName}" uses ${title}, which codemie does not support yet.`,
    hint: 'Use another profile: codemie profile list',
    exit: 'config',
    remedies: [
      `When it speaks OpenAI's API somewhere: ${SIGN_IN}${name} --api-key --provider openai-compatible --url https://…/v1`,
      'Go on using this profile with the existing CLI; its settings were not changed',
    ],
  });
}

function noAddress(sourceName: string): CodemieError {
  return new CodemieError({
    code: 'INPUT_REQUIRED',
    message: `There is a token (${sourceName}) but no address to use it at.`,
    hint: 'Give it with --base-url https://your-codemie-instance.com, or CODEMIE_URL',
    exit: 'usage',
  });
}
