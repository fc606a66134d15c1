import { option } from '../config/sign-in-again.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { printable } from '../system/printable.ts';

export const TOLERANCE_SECONDS = 60;

/** @param description as the provider sent it. */
export function denied(description = ''): CodemieError {
  const said = printable(description).replace(/\.$/, '');
  return new CodemieError({
    code: 'SIGN_IN_DENIED',
    message: `The sign-in was denied${said === '' ? '' : `: ${said}`}.`,
    fix: SIGN_IN,
    hint: 'Sign in again and allow access.',
  });
}

/** @param as e-mail of the person who must sign in, if one was named. */
export function timedOut(what: string, as?: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_TIMEOUT',
    message: `${what}. Nothing was changed.`,
    fix: `${SIGN_IN}${option('as', as)} --timeout 5m`,
  });
}

/** @returns the error for an authorization server's error response (RFC 6749 §4.1.2.1). */
export function refusedBy(error: string, description: string): CodemieError {
  if (error === 'access_denied') return denied(description);
  if (error === 'invalid_scope' || (error === 'not_allowed' && /offline/i.test(description)))
    return scopeRefused(description);
  return rejected([printable(error, 60), printable(description)].filter((part) => part !== '').join(': '));
}

/** The provider does not grant this person or client a refresh token that outlives the session (Keycloak: the role or optional scope `offline_access`). */
function scopeRefused(description: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_SCOPE',
    message: `The identity provider didn't grant the requested scopes: ${printable(description).replace(/\.$/, '')}.`,
    hint: 'Ask its administrator to grant openid, profile, email and (to stay signed in) offline_access to the client and to you.',
  });
}

export function rejected(why: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_FAILED',
    message: `Couldn't use the identity provider's answer: ${why.replace(/\.$/, '')}.`,
    fix: 'codemie doctor',
    hint: 'Try again first.',
  });
}

export function invalidIssuer(issuer: string, why: string, hint?: string): CodemieError {
  return new CodemieError({
    code: 'ISSUER_INVALID',
    message: `${printable(issuer)} doesn't work as an identity provider: ${why}.`,
    hint: hint ?? 'Choose another one with --issuer.',
  });
}

/**
 * Converts an error from openid-client. Its messages are fixed texts, but its causes may contain a response body, so they are
 * dropped (S15).
 *
 * @param skewSeconds the server's clock minus this machine's, from the `Date` header of its last response.
 */
export function exchangeError(error: unknown, skewSeconds: number | undefined): CodemieError {
  const own = codemieErrorIn(error);
  if (own !== undefined) return own;
  const { code, error: answer, error_description: description } = error as Readonly<Record<string, unknown>>;
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return clockError(skewSeconds);
  if (typeof answer === 'string')
    return refusedBy(answer, typeof description === 'string' ? description : '');
  return rejected(sentenceOf(error));
}

/** @returns the CodemieError in a chain of causes, if there is one. */
export function codemieErrorIn(error: unknown): CodemieError | undefined {
  for (let cause = error, depth = 0; cause !== undefined && depth < 6; depth += 1) {
    if (cause instanceof CodemieError) return cause;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return undefined;
}

/** @returns the library's innermost message. A parser's message quotes the text it could not parse, so it is skipped. */
export function sentenceOf(error: unknown): string {
  let sentence = 'it is not valid OpenID Connect';
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; depth += 1, cause = cause.cause) {
    if (!(cause instanceof SyntaxError)) sentence = cause.message;
  }
  return printable(sentence);
}

function clockError(skew: number | undefined): CodemieError {
  const measured =
    skew === undefined
      ? 'The identity provider sent no Date header to compare your clock with'
      : Math.abs(skew) > TOLERANCE_SECONDS
        ? `Your clock is ${formatSpan(skew * 1000)} ${skew < 0 ? 'ahead of' : 'behind'} the identity provider's (${Math.abs(skew)} s)`
        : `Your clock agrees with the identity provider's (${Math.abs(skew)} s apart), so the token was already out of date`;
  return new CodemieError({
    code: 'CLOCK_SKEW',
    message: `The identity token is not valid at your computer's time. ${measured}.`,
    fix: SIGN_IN,
    hint: "Set your computer's clock first (turn on automatic time).",
  });
}
