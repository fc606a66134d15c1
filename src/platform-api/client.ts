import { apiBase } from '../config/api-base.ts';
import { forProfile } from '../config/sign-in-again.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import { isNotRenewable } from '../credentials/errors.ts';
import { requireSamePerson } from '../credentials/identity.ts';
import { jsonObject } from '../net/client.ts';
import type { HttpResponse } from '../net/http.ts';
import type { Origin } from '../net/origin.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { isRecord, objectIn } from '../system/json.ts';
import { authOutcomeOfWhole } from './auth-outcome.ts';
import { portalIn } from './captive-portal.ts';
import { CLIENT_VERSION } from './client-version.ts';
import { componentsIn, isManaged } from './components.ts';
import { endpointOf } from './endpoint.ts';
import { accountError, judge, notAPlatform } from './judge-refusal.ts';
import { refusalIn, wordsOf } from './refusal.ts';
import { renewAfterRefusal } from './renew-after-refusal.ts';
import { applicationsFrom, type Model, modelsFrom, type PlatformUser, userFrom } from './shapes.ts';

/** The parts of the platform's HTTP API that codemie uses, as of server 2.42. */
export interface Platform {
  /** `GET /v1/info`; needs no sign-in. */
  info(): Promise<{ readonly version?: string; readonly message?: string }>;
  /**
   * Whether the platform manages roles and projects itself: from `GET /v1/config`, or where that is missing (before
   * 2.41) from `GET /v1/projects`, which a Keycloak-managed platform refuses with 400. Undefined if neither says so.
   */
  isManaged(): Promise<boolean | undefined>;
  /** `GET /v1/healthcheck`; needs no sign-in. */
  health(): Promise<{ readonly status: string }>;
  /** `GET /v1/user`: the person who is signed in. */
  user(): Promise<PlatformUser>;
  /** `GET /v1/llm_models`: the models this person may use, without disabled ones. */
  models(): Promise<readonly Model[]>;
  /** `GET /v1/admin/applications`: all projects. @throws ACCESS_DENIED for anyone but administrators. */
  allProjects(): Promise<readonly string[]>;
  /** `GET /v1/models`: whether the platform has model routes and they accept this version of codemie. */
  gate(): Promise<Gate>;
}

/** `unknown`: the response says nothing about the model routes, e.g. because the credential was refused. */
export type Gate =
  | { readonly state: 'open' | 'absent' | 'unknown' }
  | { readonly state: 'too-old'; readonly reason: string | undefined };

/**
 * @param access how to authenticate. Without it, only `info` and `health` can succeed.
 * @param base base URL of the API.
 *
 * Errors of all calls: UNREACHABLE or TLS_UNTRUSTED (5), and those of `judge`, after one renewal and one retry (S33).
 */
export function createPlatform(
  context: Context,
  origin: Origin,
  access?: Access,
  base = access === undefined ? apiBase(origin) : endpointOf(access),
): Platform {
  const send = (path: string, credential?: Credential): Promise<HttpResponse> =>
    ask(context, origin, `${base}${path}`, credential);
  const exchange = async (path: string): Promise<HttpResponse> => {
    if (access === undefined) return send(path);
    const credential = await access.fresh();
    const first = await send(path, credential);
    await access.observe(first.setCookie);
    const reason = authOutcomeOfWhole(first) === 'ok' ? undefined : wordsOf(refusalIn(first.body));
    // A renewal does not help if the account is blocked, or if another server answered.
    if (accountError(origin, reason) !== undefined || portalIn(origin, first) !== undefined) return first;
    const next = await renewAfterRefusal(context, access, credential, authOutcomeOfWhole(first)).catch(
      (error: unknown) => {
        // The platform's own reason is more useful than "cannot be renewed".
        if (reason !== undefined && isNotRenewable(error)) return undefined;
        throw error;
      },
    );
    if (next === undefined) return first;
    context.log.debug('platform refused the credential, retrying once', { path, status: first.status });
    return send(path, next);
  };
  const judged = async (path: string): Promise<HttpResponse> =>
    judge({ origin, path, base, response: await exchange(path), access, now: context.clock.now() });
  const get = (path: string): Promise<HttpResponse> =>
    access === undefined ? judged(path) : forProfile(access.selection, () => judged(path));
  return {
    info: async () => {
      const body = jsonObject(await get('/v1/info'), 'The platform');
      return { ...text(body, 'version'), ...text(body, 'message') };
    },
    isManaged: async () => {
      const components = componentsIn(await exchange('/v1/config'));
      if (components !== undefined) return isManaged(components);
      const { status, body } = await exchange('/v1/projects?per_page=10');
      if (status === 200 && objectIn(body.toString('utf8')) !== undefined) return true;
      return status === 400 ? false : undefined;
    },
    health: async () => {
      const body = jsonObject(await get('/v1/healthcheck'), 'The platform');
      return { status: typeof body['status'] === 'string' ? body['status'] : 'ok' };
    },
    user: async () => {
      const answer = jsonValue(await get('/v1/user'));
      if (!isRecord(answer)) throw notAPlatform(origin, 'answered /v1/user with something else');
      const user = userFrom(answer);
      // A token names its owner. For a session, only the platform knows who that is.
      if (access?.credential.kind === 'session')
        await forProfile(access.selection, async () => requireSamePerson(access.credential.identity, user));
      return user;
    },
    models: async () => modelsFrom(jsonValue(await get('/v1/llm_models?include_all=true'))),
    allProjects: async () => {
      const answer = jsonValue(await get('/v1/admin/applications'));
      return isRecord(answer) ? applicationsFrom(answer) : [];
    },
    // No renewal here: the service behind a model route may refuse for other reasons.
    gate: async () => gateIn(await send('/v1/models', await access?.fresh())),
  };
}

function gateIn(response: HttpResponse): Gate {
  if (response.status === 426) return { state: 'too-old', reason: wordsOf(refusalIn(response.body)) };
  if (response.status === 404) return { state: 'absent' };
  return { state: response.status === 200 && authOutcomeOfWhole(response) === 'ok' ? 'open' : 'unknown' };
}

function ask(context: Context, origin: Origin, url: string, credential?: Credential): Promise<HttpResponse> {
  return context.http({
    url,
    headers: {
      // Must be exactly this value: with a q-value, the gateway answers with a sign-in page.
      accept: 'application/json',
      'x-codemie-client': 'codemie-cli',
      'x-codemie-cli': CLIENT_VERSION,
      ...(credential === undefined ? {} : authorizationHeaders(bound(credential, origin))),
    },
    maxBytes: 8 * 1_048_576,
    signal: context.signal,
  });
}

/** Makes sure that a credential is only sent to the origin it was issued for (S39). */
function bound(credential: Credential, origin: Origin): Credential {
  if (credential.origin === origin) return credential;
  throw new CodemieError({
    code: 'AUTH_MISSING',
    message: `Your sign-in is for ${credential.origin}, not for ${origin}.`,
    fix: SIGN_IN,
  });
}

function jsonValue(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function text<Name extends string>(body: Record<string, unknown>, name: Name): { [Key in Name]?: string } {
  const value = body[name];
  return (typeof value === 'string' ? { [name]: value } : {}) as { [Key in Name]?: string };
}

/** Timeout for optional requests, ms. */
const SHORT_TIMEOUT_MS = 5000;

/** @returns a context with a short timeout, for optional requests. */
export function withShortTimeout(context: Context): Context {
  const timeoutMs = Math.min(SHORT_TIMEOUT_MS, context.limits.exchangeMs);
  return { ...context, http: (request) => context.http({ timeoutMs, ...request }) };
}
