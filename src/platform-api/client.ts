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
import { isRecord } from '../system/json.ts';
import { authOutcomeOfWhole } from './auth-outcome.ts';
import { CLIENT_VERSION } from './client-version.ts';
import { endpointOf } from './endpoint.ts';
import { accountError, judge, notAPlatform } from './judge-refusal.ts';
import { refusalIn, wordsOf } from './refusal.ts';
import { renewAfterRefusal } from './renew-after-refusal.ts';
import { applicationsFrom, type Model, modelsFrom, type PlatformUser, userFrom } from './shapes.ts';

/** The platform's HTTP API, as far as this program uses it. Shapes: contracts of the server at 2.42. */
export interface Platform {
  /** `GET /v1/info`, no sign-in needed. */
  info(): Promise<{ readonly version?: string; readonly message?: string }>;
  /** `GET /v1/healthcheck`, no sign-in needed. */
  health(): Promise<{ readonly status: string }>;
  /** `GET /v1/user`: who the platform says is signed in. */
  user(): Promise<PlatformUser>;
  /** `GET /v1/llm_models`: what this person may use; disabled ones are left out. */
  models(): Promise<readonly Model[]>;
  /** `GET /v1/admin/applications`: every project there is; ACCESS_DENIED for all but administrators. */
  allProjects(): Promise<readonly string[]>;
  /** `GET /v1/models`: whether the model routes are there and take this version of the program. Costs nothing. */
  gate(): Promise<Gate>;
}

/** `unknown`: the answer tells about something else, which other questions tell better. */
export type Gate =
  | { readonly state: 'open' | 'absent' | 'unknown' }
  | { readonly state: 'too-old'; readonly reason: string | undefined };

/**
 * @param access how to authenticate; without it only `info` and `health` can succeed.
 * @param base where the API begins, for a platform that says so itself.
 *
 * Errors of every call: UNREACHABLE or TLS_UNTRUSTED (5), and what `judge` says of an answer, after one renewal and one
 * replay (S33).
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
    // No renewal helps an account that is not let in.
    if (accountError(origin, reason) !== undefined) return first;
    const next = await renewAfterRefusal(context, access, credential, authOutcomeOfWhole(first)).catch(
      (error: unknown) => {
        // The platform's own words say more than that its gateway does not renew.
        if (reason !== undefined && isNotRenewable(error)) return undefined;
        throw error;
      },
    );
    if (next === undefined) return first;
    context.log.debug('platform refused the credential, trying once more', { path, status: first.status });
    return send(path, next);
  };
  const judged = async (path: string): Promise<HttpResponse> =>
    judge({ origin, path, response: await exchange(path), access, now: context.clock.now() });
  const get = (path: string): Promise<HttpResponse> =>
    access === undefined ? judged(path) : forProfile(access.selection, () => judged(path));
  return {
    info: async () => {
      const body = jsonObject(await get('/v1/info'), 'The platform');
      return { ...text(body, 'version'), ...text(body, 'message') };
    },
    health: async () => {
      const body = jsonObject(await get('/v1/healthcheck'), 'The platform');
      return { status: typeof body['status'] === 'string' ? body['status'] : 'ok' };
    },
    user: async () => {
      const answer = jsonValue(await get('/v1/user'));
      if (!isRecord(answer)) throw notAPlatform(origin, 'answered /v1/user with something else');
      const user = userFrom(answer);
      // A token names its person; only the platform knows whose a session is.
      if (access?.credential.kind === 'session')
        await forProfile(access.selection, async () => requireSamePerson(access.credential.identity, user));
      return user;
    },
    models: async () => modelsFrom(jsonValue(await get('/v1/llm_models?include_all=true'))),
    allProjects: async () => {
      const answer = jsonValue(await get('/v1/admin/applications'));
      return isRecord(answer) ? applicationsFrom(answer) : [];
    },
    // Nothing is renewed for it: what lies behind a model route refuses for reasons of its own.
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
      // Exactly this value: a q-value makes the gateway answer with a sign-in page.
      accept: 'application/json',
      'x-codemie-client': 'codemie-cli',
      'x-codemie-cli': CLIENT_VERSION,
      ...(credential === undefined ? {} : authorizationHeaders(bound(credential, origin))),
    },
    maxBytes: 8 * 1_048_576,
    signal: context.signal,
  });
}

/** A credential leaves for the origin it was issued for and for no other (S39). */
function bound(credential: Credential, origin: Origin): Credential {
  if (credential.origin === origin) return credential;
  throw new CodemieError({
    code: 'AUTH_MISSING',
    message: `The credential belongs to ${credential.origin}, not to ${origin}.`,
    hint: SIGN_IN,
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

/** Long enough for an answer that can be done without, ms. */
const SHORT_TIMEOUT_MS = 5000;

/** The context of questions whose answer can be done without: nobody waits long for it. */
export function withShortTimeout(context: Context): Context {
  return { ...context, http: (request) => context.http({ timeoutMs: SHORT_TIMEOUT_MS, ...request }) };
}
