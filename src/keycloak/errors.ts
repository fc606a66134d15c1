import type { Http, HttpResponse } from '../net/http.ts';
import { unreachable } from '../net/unreachable.ts';
import { CodemieError, type ErrorDetails } from '../system/errors.ts';
import { objectIn } from '../system/json.ts';
import { printable } from '../system/printable.ts';
import type { KeycloakConnection } from './connection.ts';
import { permissionFor } from './permissions.ts';

/** What the server says about a refusal, as the end of a sentence; empty if it says nothing useful. */
export function wordsOf(response: HttpResponse): string {
  const body = objectIn(response.body.toString('utf8'));
  const words = ['errorMessage', 'error_description', 'error']
    .map((name) => body?.[name])
    .find((value) => typeof value === 'string' && value !== '' && value !== 'unknown_error');
  return typeof words === 'string' ? `: ${printable(words).replace(/\.$/, '')}` : '';
}

/** While Keycloak starts, it refuses connections or answers 503. A proxy in front of it answers 502 or 504. */
export function isNotReady({ status }: HttpResponse): boolean {
  return status >= 502 && status <= 504;
}

/** @returns requests to Keycloak, whose errors say what to do about Keycloak. */
export function reaching(http: Http): Http {
  return (request) =>
    http(request).catch((error: unknown) => {
      throw notReached(error);
    });
}

/** `codemie doctor` looks at the CodeMie platform, and not at Keycloak. */
function notReached(error: unknown): unknown {
  if (!(error instanceof CodemieError) || error.code !== 'UNREACHABLE') return error;
  const hint =
    'Check the address of the server (KEYCLOAK_URL, or KEYCLOAK_ADMIN_URL for users), and that you can reach it from here (VPN, proxy).';
  return error.with({ fix: undefined, hint });
}

export function notReady(server: string, { status }: HttpResponse): CodemieError {
  return unreachable(server, `is not ready (HTTP ${status})`, 'UNKNOWN', undefined, {
    hint: 'Keycloak may still be starting. Try again in a minute.',
  });
}

export function notKeycloak(server: string, response: HttpResponse): CodemieError {
  const { location } = response.headers;
  const target = URL.canParse(location ?? '', server) ? new URL(location ?? '', server).origin : undefined;
  const what =
    location !== undefined && target !== undefined
      ? `redirects to ${printable(target)}`
      : `answered HTTP ${response.status} without Keycloak's JSON`;
  return new CodemieError({
    code: 'KEYCLOAK_ABSENT',
    message: `There is no Keycloak server at ${server}: it ${what}.`,
    hint: 'Pass the address that your Keycloak server has, with its path if it has one: https://keycloak.example.com/auth',
  });
}

export function realmUnknown(server: string, realm: string): CodemieError {
  return new CodemieError({
    code: 'KEYCLOAK_REALM',
    message: `The Keycloak server at ${server} has no realm "${printable(realm)}".`,
    hint: 'Check --realm and --admin-realm. Names of realms are case-sensitive.',
  });
}

/** The answers of the realms in which we tried to sign in. */
type Refusals = readonly { readonly realm: string; readonly response: HttpResponse }[];

/** @returns KEYCLOAK_LOGIN (4), KEYCLOAK_REALM (2) if there is none of the realms, or KEYCLOAK_ABSENT (5). */
export function refusedLogin({ server, login }: KeycloakConnection, refusals: Refusals): CodemieError {
  const absent = refusals.filter(({ response }) => response.status === 404);
  const refused = refusals.filter(({ response }) => response.status !== 404);
  const [first] = absent;
  if (refused.length === 0 && first !== undefined) {
    // A path without Keycloak's endpoints gives 404 with JSON, too, but in other words.
    const isRealm = /realm/i.test(wordsOf(first.response));
    return isRealm ? realmUnknown(server, first.realm) : notKeycloak(server, first.response);
  }
  const named = (some: Refusals): string => some.map(({ realm }) => `"${printable(realm)}"`).join(' and ');
  const who = login.kind === 'client' ? `client "${login.clientId}"` : `user "${login.username}"`;
  const where = `realm${refused.length > 1 ? 's' : ''} ${named(refused)} of ${server}`;
  const [words = ''] = refused.map(({ response }) => wordsOf(response));
  const also = absent.length === 0 ? '' : ` There is no realm ${named(absent)}.`;
  return new CodemieError({
    code: 'KEYCLOAK_LOGIN',
    message: `Keycloak rejected the ${printable(who)} in the ${where}${words}.${also}`,
    hint:
      login.kind === 'client'
        ? 'Check KEYCLOAK_ADMIN_CLIENT_ID and KEYCLOAK_ADMIN_CLIENT_SECRET. The client needs "Client authentication" and "Service accounts roles"; --admin-realm says in which realm it is.'
        : 'Check KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD. Keycloak uses them only when it first starts: the account may have been changed or removed since.',
  });
}

/** The account is signed in, but lacks a role: ACCESS_DENIED (6). */
export class MissingRole extends CodemieError {
  /** Of the client `realm-management`, such as `view-clients`; in words where it differs between versions. */
  readonly role: string;

  constructor(details: Omit<ErrorDetails, 'code'>, role: string) {
    super({ code: 'ACCESS_DENIED', ...details });
    this.role = role;
  }
}

/** What is to be created is there already, or another transaction is about to create it: KEYCLOAK_REJECTED (1). */
export class Conflict extends CodemieError {}

/** A request to the admin API that failed. `path` is below the realm. */
export interface Failed {
  readonly server: string;
  readonly realm: string;
  /** The realm that the account is from. */
  readonly loginRealm: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly response: HttpResponse;
}

/**
 * @returns the error for a status of 400 or more.
 *
 * KEYCLOAK_LOGIN (4) for 401, ACCESS_DENIED (6) for 403 with the missing role, KEYCLOAK_REALM (2), UNREACHABLE (5) for
 * 502 to 504, KEYCLOAK_FAILED (5) for another 5xx, KEYCLOAK_REJECTED (1) for another 4xx, KEYCLOAK_ABSENT (5) for a web
 * page.
 */
export function failureOf(failed: Failed): CodemieError {
  const { server, realm, method, path, response } = failed;
  const { status } = response;
  if (isNotReady(response)) return notReady(server, response);
  // A proxy in front of Keycloak refuses with a web page.
  if (status < 400 || (status < 500 && !isJson(response))) return notKeycloak(server, response);
  if (status === 403) return missingRole(failed);
  if (status === 404 && path === '') return realmUnknown(server, realm);
  const what = `${method} ${path === '' ? `the realm "${printable(realm)}"` : printable(path)}`;
  if (status === 401)
    return new CodemieError({
      code: 'KEYCLOAK_LOGIN',
      message: `${server} rejected a new token for ${what}${wordsOf(response)}.`,
      hint: 'The account may have been disabled, or the address in the tokens of your Keycloak server differs from --server.',
    });
  const passing = status >= 500;
  const Failure = status === 409 ? Conflict : CodemieError;
  return new Failure({
    code: passing ? 'KEYCLOAK_FAILED' : 'KEYCLOAK_REJECTED',
    message: `${server} answered HTTP ${status} for ${what}${wordsOf(response)}.`,
    ...(passing ? { hint: 'The log of the Keycloak server names the reason.' } : {}),
  });
}

function isJson({ body, headers }: HttpResponse): boolean {
  return body.length === 0 || (headers['content-type'] ?? '').includes('json');
}

/** The same for a read that Keycloak answered with less than it has, instead of 403. */
export function roleMissing(failed: Omit<Failed, 'method' | 'response'>): MissingRole {
  const response = { status: 403, headers: {}, setCookie: [], body: Buffer.alloc(0) };
  return missingRole({ ...failed, method: 'GET', response });
}

function missingRole({ server, realm, loginRealm, method, path, response }: Failed): MissingRole {
  const role = permissionFor(method, path);
  const owner = rolesOwner(realm, loginRealm);
  const what = path === '' ? '' : `${printable(path)} of `;
  return new MissingRole(
    {
      message: `Your account may not ${method === 'GET' ? 'read' : 'change'} ${what}the realm "${printable(realm)}" on ${server}${wordsOf(response)}.`,
      hint: `Give it the role ${role} of the client "${printable(owner.client)}" in the realm "${printable(owner.realm)}".`,
    },
    role,
  );
}

/**
 * @param loginRealm the realm that the account is from.
 * @returns the client whose roles let the account see and change a realm, and the realm of that client. An account of
 *   another realm, which can only be master, gets its roles from a client there.
 */
export function rolesOwner(
  realm: string,
  loginRealm: string | undefined,
): { readonly client: string; readonly realm: string } {
  const isOwn = loginRealm === undefined || loginRealm === realm;
  return { client: isOwn ? 'realm-management' : `${realm}-realm`, realm: loginRealm ?? realm };
}
