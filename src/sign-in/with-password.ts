import type { Context } from '../context.ts';
import type { Credential } from '../credentials/credential.ts';
import { givenToken } from '../credentials/find/given-token.ts';
import { jsonObject } from '../net/client.ts';
import type { HttpResponse } from '../net/http.ts';
import type { Origin } from '../net/origin.ts';
import { unreachable } from '../net/unreachable.ts';
import { accountError } from '../platform-api/judge-refusal.ts';
import { END, refusalIn, wordsOf } from '../platform-api/refusal.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';
import { withoutEnd } from '../system/trim-end.ts';

/**
 * Signs in to a platform with local accounts (`IDP_PROVIDER=local`). Prompts for e-mail and password and never stores the password.
 *
 * @param apiBase base URL of the platform's API.
 * @throws INPUT_REQUIRED (2) without a terminal; SIGN_IN_DENIED (6) for a wrong password or too many tries,
 *   ACCOUNT_DEACTIVATED and ACCOUNT_UNVERIFIED (6); UNREACHABLE (5); SIGN_IN_UNSUPPORTED (1) if the platform has no local
 *   accounts, SIGN_IN_FAILED (1) for any other response.
 */
export async function signInWithPassword(
  context: Context,
  origin: Origin,
  apiBase: string,
): Promise<{ readonly credential: Credential; readonly notices: readonly string[] }> {
  const prompts = await context.terminal.prompts();
  const hint = '--with-token (this server uses email and password, which needs a terminal)';
  const email = await prompts.input({ flag: hint, message: 'Email:' });
  const password = new Secret(await prompts.password({ flag: hint, message: 'Password:' }));
  const url = `${apiBase}/v1/local-auth/login`;
  const response = await context.http({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ email, password: password.reveal() }),
    signal: context.signal,
  });
  if (response.status !== 200) throw refusal(origin, url, response);
  const token = jsonObject(response, 'The platform')['access_token'];
  const text = typeof token === 'string' ? token : '';
  const { credential, notices } = await givenToken(context, new Secret(text), origin);
  return { credential: { ...credential, identity: { email, ...credential.identity } }, notices };
}

/** Status codes that refuse the person. Any other says nothing about the password. */
const REFUSED = [400, 401, 403, 422];

function refusal(origin: Origin, url: string, response: HttpResponse): CodemieError {
  const { status, headers } = response;
  const refused = refusalIn(response.body);
  const reason = wordsOf(refused);
  const said = reason === undefined ? '' : `: ${reason}`;
  if (status >= 500) {
    const told = refused.reason === undefined ? '' : `: ${withoutEnd(refused.reason, END)}`;
    const what = `answered HTTP ${status} to the sign-in${told}. This may be temporary`;
    const advice = { fix: 'codemie doctor', hint: 'Try again in a few minutes.' };
    return unreachable(new URL(url), what, String(status), undefined, advice);
  }
  if (status === 404) {
    return new CodemieError({
      code: 'SIGN_IN_UNSUPPORTED',
      message: `${origin} doesn't offer sign-in with email and password (HTTP 404 for ${url}).`,
      fix: `${SIGN_IN} --method hand-off`,
    });
  }
  if (status !== 429 && !REFUSED.includes(status)) {
    return new CodemieError({
      code: 'SIGN_IN_FAILED',
      message: `${url} answered HTTP ${status} to the sign-in${said}.`,
      fix: 'codemie doctor',
    });
  }
  const account = accountError(origin, reason);
  if (account !== undefined) return account;
  return new CodemieError({
    code: 'SIGN_IN_DENIED',
    message: status === 429 ? `Too many attempts${said}.` : `Wrong email or password${said}.`,
    fix: SIGN_IN,
    hint: status === 429 ? waitFor(headers['retry-after']) : undefined,
  });
}

/** The rate limit is a setting of the platform, and few platforms report it. */
function waitFor(retryAfter: string | undefined): string {
  const ms = Number(retryAfter ?? Number.NaN) * 1000;
  return `Wait ${ms > 0 && ms < 86_400_000 ? formatSpan(ms) : 'a while'} first.`;
}
