import { apiBase } from '../config/address.ts';
import { forProfile } from '../config/sign-in-again.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import { requireSamePerson } from '../credentials/same-person.ts';
import type { Origin } from '../net/origin.ts';
import { type HttpResponse, jsonObject } from '../net/request.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { endpointOf } from './address.ts';
import { CLIENT_VERSION } from './client-version.ts';
import { faceOfWhole } from './faces.ts';
import { type Model, modelsFrom, type PlatformUser, userFrom } from './shapes.ts';
import { successorOf } from './successor.ts';

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
}

/**
 * @param access how to authenticate; without it only `info` and `health` can succeed.
 * @param base where the API begins, for a platform that says so itself.
 *
 * Errors of every call: UNREACHABLE or TLS_UNTRUSTED (5), AUTH_REFUSED (4, after one renewal and one replay; S33),
 * ACCESS_DENIED (6), PLATFORM_FAILED (1).
 */
export function createPlatform(
  context: Context,
  origin: Origin,
  access?: Access,
  base = access === undefined ? apiBase(origin) : endpointOf(access),
): Platform {
  const send = (path: string, credential?: Credential): Promise<HttpResponse> =>
    ask(context, origin, `${base}${path}`, credential);
  const get = async (path: string): Promise<HttpResponse> =>
    access === undefined
      ? judge(await send(path), origin, path)
      : forProfile(access.selection, () => getAs(access, path));
  const getAs = async (access: Access, path: string): Promise<HttpResponse> => {
    const credential = await access.fresh();
    const first = await send(path, credential);
    await access.observe(first.setCookie);
    const next = await successorOf(context, access, credential, faceOfWhole(first));
    if (next === undefined) return judge(first, origin, path, access);
    context.log.debug('platform refused the credential, trying once more', { path, status: first.status });
    return judge(await send(path, next), origin, path, access);
  };
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
      const user = userFrom(jsonObject(await get('/v1/user'), 'The platform'));
      // A token says itself whom it stands for; of a session nobody but the platform knows.
      if (access?.credential.kind === 'session')
        await forProfile(access.selection, async () => requireSamePerson(access.credential.identity, user));
      return user;
    },
    models: async () => modelsFrom(jsonValue(await get('/v1/llm_models?include_all=true'))),
  };
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
    exit: 'auth',
  });
}

function judge(response: HttpResponse, origin: Origin, path: string, access?: Access): HttpResponse {
  const given = access !== undefined && access.source !== 'store';
  switch (faceOfWhole(response)) {
    case 'ok':
      return response;
    case 'not-signed-in':
      throw new CodemieError({
        code: 'AUTH_REFUSED',
        message: `${origin} does not accept the ${given ? `token from ${access.sourceName}` : 'credential'} (answer ${response.status} to ${path}).`,
        hint: given ? `Get a new token and pass it with ${access.sourceName}` : SIGN_IN,
        exit: 'auth',
      });
    case 'denied':
      throw new CodemieError({
        code: 'ACCESS_DENIED',
        message: `${origin} refused ${path}: the person is signed in but not allowed.`,
        hint: 'Ask an administrator of the platform for access.',
        exit: 'denied',
      });
    default:
      throw new CodemieError({
        code: 'PLATFORM_FAILED',
        message: `${origin} answered ${response.status} to ${path}.`,
        hint: 'Check the address and the platform with: codemie doctor',
        exit: response.status >= 500 ? 'unreachable' : 'failed',
      });
  }
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
