import type { Context } from '../context.ts';
import type { HttpResponse } from '../net/http.ts';
import { type CodemieError, usageError } from '../system/errors.ts';
import { isRecord, type Json, type JsonObject, objectsIn } from '../system/json.ts';
import type { KeycloakConnection } from './connection.ts';
import { failureOf, reaching } from './errors.ts';
import { readPages } from './pages.ts';
import { limitTo } from './parallel.ts';
import type { Tokens } from './token.ts';

/** What the server answered; any status but 401. */
export interface Answer {
  readonly status: number;
  /** The parsed body; undefined if it is empty or not JSON. */
  readonly body: Json | undefined;
  readonly location: string | undefined;
  /** The error for a status of 400 or more, with the missing role for 403. */
  readonly failure: CodemieError | undefined;
}

/**
 * The admin API of one realm. Paths are below the realm: `/clients`, and an empty one for the realm itself. At most eight
 * requests run at a time; the others wait. Errors of all calls: those of `failureOf` and of signing in; UNREACHABLE and
 * TLS_UNTRUSTED (5).
 */
export interface KeycloakAdmin {
  readonly server: string;
  readonly realm: string;
  /** The realm that the account is from; undefined before the first request. */
  loginRealm(): string | undefined;
  /** Aborted when the program is asked to stop. */
  readonly signal: AbortSignal;
  /** What was sent so far, sign-ins left out. A partial export is a read. */
  readonly requests: { readonly reads: number; readonly writes: number };
  /**
   * Sends any request, and leaves refusals to the caller. A write is never repeated, except after a 401; a read is, once,
   * after a 500.
   */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string, signal?: AbortSignal): Promise<Json>;
  /** A list, from first to last; Keycloak's own pages are short. */
  getAll(path: string, signal?: AbortSignal): Promise<readonly JsonObject[]>;
  /** @returns the status and the Location. */
  send(method: string, path: string, body?: Json): Promise<Pick<Answer, 'status' | 'location'>>;
  /** What is installed on the server: `providers` by kind, and more. */
  serverInfo(): Promise<JsonObject>;
  /** Creates the realm itself, with nothing but Keycloak's own objects. Nobody can sign in to it yet. */
  createRealm(attributes?: JsonObject): Promise<void>;
}

export interface CallOptions {
  readonly body?: Json | undefined;
  readonly signal?: AbortSignal | undefined;
}

const AT_A_TIME = 8;
/** Proxies in front of Keycloak give up after 30 s. */
const READ_MS = 30_000;
/** Creating a realm from a large file takes this long. */
const WRITE_MS = 120_000;
const AGAIN_MS = 500;
const MOST_BYTES = 128 * 1_048_576;

export function createAdmin(context: Context, connection: KeycloakConnection, tokens: Tokens): KeycloakAdmin {
  const { server, realm } = connection;
  const places = limitTo(AT_A_TIME);
  const requests = { reads: 0, writes: 0 };

  const reach = reaching(context.http);

  const realms = `${server}/admin/realms`;
  const exchange = async (
    method: string,
    base: string,
    path: string,
    options: CallOptions,
  ): Promise<HttpResponse> => {
    const isRead = method === 'GET' || path.startsWith('/partial-export');
    const { body, signal = context.signal } = options;
    const attempt = async (token: Awaited<ReturnType<Tokens['fresh']>>): Promise<HttpResponse> => {
      signal.throwIfAborted();
      requests[isRead ? 'reads' : 'writes'] += 1;
      return reach({
        url: `${base}${path}`,
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token.reveal()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs: isRead ? READ_MS : WRITE_MS,
        maxBytes: MOST_BYTES,
        keepAlive: true,
        signal,
      });
    };
    const token = await tokens.fresh();
    const first = await attempt(token);
    if (first.status === 401) return attempt(await tokens.after(token));
    if (!isRead || first.status !== 500) return first;
    // Keycloak (26.5) fails a read now and then while somebody else changes the same server.
    await context.clock.sleep(AGAIN_MS, signal);
    return attempt(token);
  };

  const callAt = async (
    base: string,
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<Answer> => {
    requireNoDots(`${base}${path}`);
    const response = await places(() => exchange(method, base, path, options));
    const body = jsonIn(response);
    const failure = (): CodemieError =>
      failureOf({ server, realm, loginRealm: tokens.realm(), method, path, response });
    const isWrong = response.status >= 300 || (method === 'GET' && body === undefined);
    if (response.status === 401 || (isWrong && response.status < 400)) throw failure();
    return {
      status: response.status,
      body,
      location: response.headers['location'],
      failure: isWrong ? failure() : undefined,
    };
  };
  const call: KeycloakAdmin['call'] = (method, path, options) =>
    callAt(`${realms}/${encodeURIComponent(realm)}`, method, path, options);
  const get: KeycloakAdmin['get'] = async (path, signal) => {
    const { body } = succeeded(await call('GET', path, { signal }));
    return body ?? null;
  };
  return {
    server,
    realm,
    loginRealm: tokens.realm,
    signal: context.signal,
    requests,
    call,
    get,
    getAll: (path, signal) => readPages(path, async (page) => objectsIn(await get(page, signal))),
    send: async (method, path, body) => {
      const { status, location } = succeeded(await call(method, path, { body }));
      return { status, location };
    },
    serverInfo: async () => {
      const { body } = succeeded(await callAt(`${server}/admin/serverinfo`, 'GET', ''));
      return isRecord(body) ? (body as JsonObject) : {};
    },
    createRealm: async (attributes = {}) => {
      succeeded(await callAt(realms, 'POST', '', { body: { realm, enabled: false, attributes } }));
      // A token has rights in those realms alone that there were when it was issued.
      await tokens.after(await tokens.fresh());
    },
  };
}

/**
 * A URL has no way to write a name that is "." or "..": it would mean another object, such as the whole realm.
 *
 * @throws USAGE.
 */
function requireNoDots(url: string): void {
  const name = /\/(\.\.?)(?=[/?]|$)/.exec(url)?.[1];
  if (name === undefined) return;
  throw usageError(`Keycloak's admin API cannot reach an object with the name "${name}".`, {
    hint: 'Give it another name, in the files and on the server. No request was sent for it.',
  });
}

/** @throws the failure of an answer. */
function succeeded(answer: Answer): Answer {
  if (answer.failure !== undefined) throw answer.failure;
  return answer;
}

function jsonIn({ body }: HttpResponse): Json | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
