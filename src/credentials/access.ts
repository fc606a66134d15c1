import { readConfig } from '../config/file.ts';
import { type Selection, select, type Wanted } from '../config/select.ts';
import type { Context } from '../context.ts';
import type { Origin } from '../net/origin.ts';
import { CodemieError } from '../system/errors.ts';
import type { Credential, OidcCredential, StoreName } from './credential.ts';
import { isRefreshable } from './expiry.ts';
import { cleanToken, inspectJwt } from './jwt.ts';
import { notRenewable } from './not-renewable.ts';
import { openStore, storeName } from './open-store.ts';
import { DEFAULT_TOKEN_VARIABLE, type Resolution, resolve, type TokenFlag } from './resolver.ts';
import type { SecretStore } from './store.ts';

export interface AccessRequest extends Wanted {
  readonly token?: TokenFlag | undefined;
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
  /** One renewal after the platform refused `refused`; answers what another process renewed meanwhile. */
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
  if (found.state === 'missing') throw found.error;
  return found.access;
}

/**
 * Finds the credential in force: flag, environment, store.
 *
 * @throws CONFIG_*, PROFILE_UNKNOWN (9), STORE_* (8), AUTH_MALFORMED (4) for a token that is none.
 */
export async function findAccess(context: Context, request: AccessRequest): Promise<Found> {
  const selection = select(readConfig(context.home), context.env, request);
  const { profile, origin } = selection;
  const reference = profile?.credential;
  const resolution = resolve({
    flag: request.token,
    env: context.env,
    variable: profile?.jwtConfig?.tokenEnvVar,
    store: reference === undefined ? undefined : { store: storeName(reference.store), id: reference.id },
  });
  const missing = (error: CodemieError): Found => ({
    state: 'missing',
    selection,
    warnings: resolution.warnings,
    error,
  });
  if (resolution.source === undefined) return missing(notSignedIn(selection));
  if (origin === undefined) return missing(noAddress(resolution.sourceName));
  const base = { selection, origin, shadowed: resolution.shadowed };

  if (resolution.source !== 'store') {
    const { token, notices } = cleanToken(resolution.token.reveal());
    const facts = inspectJwt(token.reveal());
    const now = context.clock.now();
    requireStarted(facts.notBefore, now);
    const credential: Credential = {
      kind: 'jwt',
      origin,
      identity: facts.identity,
      obtainedAt: facts.issuedAt ?? now,
      token,
      ...(facts.expiresAt === undefined ? {} : { expiresAt: facts.expiresAt }),
    };
    const { source, sourceName } = resolution;
    const warnings = [...resolution.warnings, ...notices];
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
  return fromStore(context, resolution, base, missing);
}

type Facts = Omit<Access, 'credential' | 'refreshable' | 'fresh' | 'renew' | 'observe'>;

async function fromStore(
  context: Context,
  resolution: Resolution & { readonly source: 'store' },
  base: Pick<Facts, 'selection' | 'origin' | 'shadowed'>,
  missing: (error: CodemieError) => Found,
): Promise<Found> {
  const { id, sourceName } = resolution;
  // S39: a credential is looked up for the origin it was issued for and for no other.
  if (!id.startsWith(`${base.origin}#`)) return missing(notSignedIn(base.selection));
  const store = await openStore(sourceName, context);
  const credential = await store.get(id);
  if (credential === undefined || credential.origin !== base.origin)
    return missing(notSignedIn(base.selection));
  const warnings = [...resolution.warnings];
  if (sourceName === 'plaintext-file')
    warnings.push((await import('./stores/plaintext-file.ts')).PLAINTEXT_WARNING);
  const facts = { ...base, source: 'store', sourceName, store: sourceName, warnings } as const;
  return { state: 'found', access: keeper(context, facts, credential, { store, id }) };
}

const RETRY_AFTER_MS = 60_000;
const EARLIEST_MS = 5 * 60_000;
/** A JWT counts whole seconds, so it may end up to a second before `expires_in` says. */
const MARGIN_MS = 1000;

/** Keeps one credential fresh for as long as the process runs; one renewal at a time (S27, S32). */
function keeper(
  context: Context,
  facts: Facts,
  found: Credential,
  place: { readonly store: SecretStore; readonly id: string } | undefined,
): Access {
  let current = found;
  let renewing: Promise<Credential> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  const refreshable = place !== undefined && (isRefreshable(found) || found.kind === 'session');

  const renew = (stale: OidcCredential): Promise<Credential> => {
    if (place === undefined) return Promise.reject(notRenewable(stale.origin, stale.kind));
    renewing ??= import('./refresher.ts')
      .then(({ renewOidc }) => renewOidc({ context, ...place }, stale))
      .then((fresh) => {
        current = fresh;
        return fresh;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };

  return {
    ...facts,
    credential: found,
    refreshable,
    fresh: async (minTtlMs = 0) => {
      const now = context.clock.now();
      const left = (current.expiresAt ?? Number.POSITIVE_INFINITY) - now;
      if (!refreshable || current.kind !== 'oidc') {
        if (left <= 0) throw expired(current, facts);
        return current;
      }
      const life = current.expiresAt - current.obtainedAt;
      // More than half of its life cannot be asked of a token: a renewal would gain little and be repeated by everyone.
      const wanted = Math.min(Math.max(minTtlMs, Math.min(EARLIEST_MS, life / 10), MARGIN_MS), life / 2);
      if (left > wanted) return current;
      if (left > 0 && now - failedAt < RETRY_AFTER_MS) return current;
      try {
        return await renew(current);
      } catch (error) {
        failedAt = context.clock.now();
        const passing =
          error instanceof CodemieError &&
          (error.exit === 'unreachable' || error.code === 'AUTH_RENEWAL_FAILED');
        if (!passing || left <= 0) throw error;
        context.log.debug('renewal failed, the credential is still good', { code: error.code });
        return current;
      }
    },
    observe: async (setCookie) => {
      if (place === undefined || current.kind !== 'session' || setCookie.length === 0) return;
      const { keepSession } = await import('./session.ts');
      current = (await keepSession({ context, ...place }, current, setCookie)) ?? current;
    },
    renew: async (refused) => {
      if (place !== undefined && current.kind === 'session') {
        const { renewSession } = await import('./session.ts');
        current = await renewSession({ context, ...place }, current);
        return current;
      }
      if (!refreshable || current.kind !== 'oidc') throw notRenewable(facts.origin, current.kind);
      const known = refused.kind === 'oidc' && !refused.accessToken.equals(current.accessToken);
      return known ? current : renew(current);
    },
  };
}

function expired(credential: Credential, facts: Facts): CodemieError {
  const since =
    credential.expiresAt === undefined ? '' : ` on ${new Date(credential.expiresAt).toISOString()}`;
  const given = facts.source !== 'store';
  return new CodemieError({
    code: 'AUTH_EXPIRED',
    message: `The ${given ? 'token' : 'credential'} from ${facts.sourceName} expired${since}.`,
    hint: given
      ? `Get a new token and pass it with ${facts.source === 'env' ? facts.sourceName : '--jwt-token'}`
      : `codemie profile login --url ${facts.origin}`,
    exit: 'auth',
  });
}

function requireStarted(notBefore: number | undefined, now: number): void {
  if (notBefore === undefined || notBefore <= now + 60_000) return;
  throw new CodemieError({
    code: 'AUTH_NOT_YET_VALID',
    message: `The token is valid only from ${new Date(notBefore).toISOString()}; this machine says it is ${new Date(now).toISOString()}.`,
    hint: 'Check this machine’s clock with: codemie doctor',
    exit: 'auth',
  });
}

function notSignedIn(selection: Selection): CodemieError {
  const where = selection.origin === undefined ? '' : ` to ${selection.origin}`;
  const bearer = selection.profile?.authMethod === 'jwt';
  const variable = selection.profile?.jwtConfig?.tokenEnvVar ?? DEFAULT_TOKEN_VARIABLE;
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: bearer
      ? `No token was given${where}: neither --jwt-token, nor ${variable}, nor the secret store holds one.`
      : `Nobody is signed in${where} (profile ${selection.profileName}).`,
    hint: bearer
      ? `export ${variable}="<token>", or pass --jwt-token-file FILE`
      : `codemie profile login --url ${selection.origin ?? 'https://your-codemie-instance.com'}`,
    exit: 'auth',
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

/** A credential that was just obtained and is nowhere kept yet, as an access that cannot renew itself. */
export function fixedAccess(origin: Origin, credential: Credential): Access {
  return {
    selection: { profile: undefined, profileName: '', origin, model: undefined, project: undefined },
    origin,
    credential,
    source: 'flag',
    sourceName: 'sign-in',
    store: undefined,
    shadowed: [],
    warnings: [],
    refreshable: false,
    fresh: async () => credential,
    renew: async () => {
      throw notRenewable(origin, credential.kind);
    },
    observe: async () => undefined,
  };
}
