import { apiBase } from '../config/api-base.ts';
import type { Access } from '../credentials/access.ts';
import { namingSource } from '../credentials/find/overriding.ts';
import type { HttpResponse } from '../net/http.ts';
import type { Origin } from '../net/origin.ts';
import type { ErrorCode } from '../system/error-codes.ts';
import { type Advice, CodemieError, SIGN_IN } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import { authOutcomeOfWhole, isSignInPage } from './auth-outcome.ts';
import { portalIn } from './captive-portal.ts';
import { refusalIn, wordsOf } from './refusal.ts';

/** A request to the platform and its response. */
export interface Exchange {
  readonly origin: Origin;
  readonly path: string;
  /** Base URL of the API; the default one if omitted. */
  readonly base?: string;
  readonly response: HttpResponse;
  /** How the request was authenticated; undefined if it was sent without a credential. */
  readonly access: Access | undefined;
  readonly now: number;
}

/**
 * @returns the response, if the request succeeded.
 * @throws GUARDED (4) for a request without a credential; AUTH_REFUSED, AUTH_EXPIRED, AUTH_UNCERTAIN (4),
 *   ACCOUNT_DEACTIVATED, ACCOUNT_UNVERIFIED, ACCESS_DENIED (6); NOT_A_PLATFORM, PLATFORM_FAILED (5);
 *   PLATFORM_REJECTED (1).
 */
export function judge(exchange: Exchange): HttpResponse {
  const { origin, response, access } = exchange;
  const portal = portalIn(origin, response);
  if (portal !== undefined) throw portal;
  const refusal = refusalIn(response.body);
  const reason = wordsOf(refusal);
  switch (authOutcomeOfWhole(response)) {
    case 'ok':
      return response;
    case 'not-signed-in':
      if (response.status === 200 && !isSignInPage(response.body))
        throw notAPlatform(origin, `answered ${wholePath(exchange)} with a web page`);
      if (access === undefined) throw guarded(origin, answerOf(exchange));
      throw namingSource(refused(exchange, access, reason), access);
    case 'denied':
      if (access === undefined) throw guarded(origin, answerOf(exchange));
      throw denied(exchange, reason, refusal.help);
    default:
      throw failed(exchange, reason);
  }
}

/** Describes the response for a message: `HTTP 302 for /v1/user`, with the host a redirect leads to. */
function answerOf({ origin, path, response: { status, headers } }: Exchange): string {
  const location = headers['location'] ?? '';
  const target = URL.canParse(location, origin) ? new URL(location, origin) : undefined;
  const elsewhere = target !== undefined && target.origin !== origin ? `, redirects to ${target.host}` : '';
  return `HTTP ${status} for ${path}${printable(elsewhere)}`;
}

/** The path as the server sees it: a stored base URL may be wrong. */
function wholePath({ origin, path, base = apiBase(origin) }: Exchange): string {
  return printable(`${new URL(base).pathname.replace(/\/$/, '')}${path}`);
}

/** Does not mention a credential, because none was sent. */
function guarded(origin: Origin, answer: string): CodemieError {
  return new CodemieError({
    code: 'GUARDED',
    message: `${origin} requires you to sign in first (${answer}).`,
    fix: `${SIGN_IN} --url ${origin}`,
  });
}

/** @param seen what was found there, as the predicate of a sentence whose subject is the address. */
export function notAPlatform(origin: Origin, seen: string, cause?: CodemieError): CodemieError {
  return new CodemieError({
    code: 'NOT_A_PLATFORM',
    message: `${origin} is not a CodeMie server: it ${seen}.`,
    hint: 'Open CodeMie in your browser, copy its URL, and pass it with --url.',
    cause,
  });
}

interface Ruling {
  readonly says: RegExp;
  readonly code: ErrorCode;
  /** What to do; otherwise the default hint. */
  readonly hint?: string;
}

/** Errors for known reasons in the platform's own words. The first match counts. */
const RULINGS: readonly Ruling[] = [
  {
    says: /\baccount\b.{0,30}\b(?:deactivated|disabled|blocked|inactive)\b/i,
    code: 'ACCOUNT_DEACTIVATED',
    hint: 'Ask your CodeMie administrator to activate your account.',
  },
  {
    says: /e-?mail (is )?not verified|verify your e-?mail/i,
    code: 'ACCOUNT_UNVERIFIED',
    hint: 'Open the link in the email that CodeMie sent you, or ask your CodeMie administrator.',
  },
  { says: /\bhas expired\b/i, code: 'AUTH_EXPIRED' },
];

/**
 * @param reason the server's own words.
 * @returns the error for an account that cannot sign in at all, or undefined for any other reason.
 */
export function accountError(origin: Origin, reason: string | undefined): CodemieError | undefined {
  const ruling = RULINGS.find(({ says }) => says.test(reason ?? ''));
  if (reason === undefined || ruling?.hint === undefined) return undefined;
  const { code, hint } = ruling;
  return new CodemieError({ code, message: `${origin} rejected your account: ${reason}.`, hint });
}

/** The platform's answer to any failed check of a credential, even when only its database is down. */
export const GIVES_NO_REASON = /^authentication failed\b/i;

/** @returns what a refusal without a reason may mean, or undefined if the credential has expired. */
function uncertainty(
  { credential }: Access,
  what: string,
  now: number,
): { readonly what: string; readonly why: string; readonly advice: Advice } | undefined {
  const passing = 'This may be temporary: CodeMie also answers this while its database is down.';
  const later = 'Try again in a few minutes';
  // Only the gateway knows when a session expires, and the token behind it has its own expiry.
  if (credential.kind === 'session')
    return {
      what,
      why: `${passing} If it persists, your session has expired.`,
      advice: { fix: SIGN_IN, hint: `${later}. If it happens again, sign in again.` },
    };
  const { expiresAt = Number.POSITIVE_INFINITY } = credential;
  if (expiresAt <= now) return undefined;
  const dated = credential.expiresAt === undefined ? what : `${what}, which has not expired,`;
  return { what: dated, why: passing, advice: { fix: 'codemie profile status', hint: `${later}.` } };
}

function refused(exchange: Exchange, access: Access, reason: string | undefined): CodemieError {
  const { origin, now } = exchange;
  const account = accountError(origin, reason);
  if (account !== undefined) return account;
  const given = access.source !== 'store';
  const noun = access.credential.kind === 'session' ? 'session' : 'token';
  const what = given ? `the ${noun} from ${access.sourceName}` : 'your sign-in';
  if (GIVES_NO_REASON.test(reason ?? '')) {
    const uncertain = uncertainty(access, what, now);
    if (uncertain !== undefined)
      return new CodemieError({
        code: 'AUTH_UNCERTAIN',
        message: `${origin} rejected ${uncertain.what} without a reason ("Authentication failed", ${answerOf(exchange)}). ${uncertain.why}`,
        ...uncertain.advice,
      });
  }
  const ruling = RULINGS.find(({ says }) => says.test(reason ?? ''));
  const why = reason === undefined ? '' : `: ${reason}`;
  return new CodemieError({
    code: ruling?.code ?? 'AUTH_REFUSED',
    message: `${origin} rejected ${what}${why} (${answerOf(exchange)}).`,
    ...(given ? { hint: `Get a new token and pass it with ${access.sourceName}.` } : { fix: SIGN_IN }),
  });
}

function denied(exchange: Exchange, reason: string | undefined, help: string | undefined): CodemieError {
  const { origin, path } = exchange;
  const account = accountError(origin, reason);
  if (account !== undefined) return account;
  const why = reason === undefined ? '' : ` The server says: ${reason}.`;
  return new CodemieError({
    code: 'ACCESS_DENIED',
    message: `You're signed in, but you don't have access to ${path} on ${origin}.${why}`,
    hint: 'Ask your CodeMie administrator for access.',
    ...(help === undefined ? {} : { remedies: [help] }),
  });
}

/** Every platform has this path, so a 404 means that this is not a platform. */
const USER = '/v1/user';

function failed(exchange: Exchange, reason: string | undefined): CodemieError {
  const { origin, path, response, access } = exchange;
  const { status } = response;
  const why = reason === undefined ? '' : `: ${reason}`;
  if (status === 404 && (path === USER || path === '/v1/info'))
    return notAPlatform(origin, `answered HTTP 404 for ${wholePath(exchange)}`);
  if (status === 422 && path === USER && access !== undefined && reason !== undefined)
    return namingSource(refused(exchange, access, reason), access);
  const passing = status >= 500 || status === 429;
  return new CodemieError({
    code: passing ? 'PLATFORM_FAILED' : 'PLATFORM_REJECTED',
    message: `${origin} answered HTTP ${status} for ${path}${why}.${passing ? ' This may be temporary.' : ''}`,
    fix: 'codemie doctor',
    hint: passing ? 'Try again in a few minutes.' : undefined,
  });
}
