import type { Context } from '../context.ts';
import type { Credential } from '../credentials/credential.ts';
import { givenToken } from '../credentials/given-token.ts';
import type { Origin } from '../net/origin.ts';
import { jsonObject } from '../net/request.ts';
import { unreachable } from '../net/unreachable.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';

/**
 * A platform with accounts of its own (`IDP_PROVIDER=local`): e-mail and password, asked on the terminal and never kept.
 *
 * @param apiBase where the platform's API begins.
 * @throws INPUT_REQUIRED (2) without a terminal, SIGN_IN_DENIED (6) for a wrong password or too many tries, UNREACHABLE (5),
 *   SIGN_IN_FAILED (1) for any other answer.
 */
export async function signInLocally(
  context: Context,
  origin: Origin,
  apiBase: string,
): Promise<{ readonly credential: Credential; readonly notices: readonly string[] }> {
  const prompts = await context.terminal.prompts();
  const hint = '--with-token; this platform signs people in by e-mail and password, which needs a terminal';
  const email = await prompts.input({ flag: hint, message: 'E-mail:' });
  const password = new Secret(await prompts.password({ flag: hint, message: 'Password:' }));
  const url = `${apiBase}/v1/local-auth/login`;
  const response = await context.http({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ email, password: password.reveal() }),
    signal: context.signal,
  });
  if (response.status !== 200) throw refusal(response.status, url);
  const token = jsonObject(response, 'The platform')['access_token'];
  const text = typeof token === 'string' ? token : '';
  const { credential, notices } = await givenToken(context, new Secret(text), origin);
  return { credential: { ...credential, identity: { email, ...credential.identity } }, notices };
}

/** What a platform answers that does not know somebody; anything else says nothing about the password. */
const UNKNOWN = [400, 401, 403, 422];

function refusal(status: number, url: string): CodemieError {
  if (status >= 500) return unreachable(new URL(url), `answered ${status} to the sign-in`, String(status));
  if (status !== 429 && !UNKNOWN.includes(status)) {
    return new CodemieError({
      code: 'SIGN_IN_FAILED',
      message: `${url} answered ${status} where a sign-in by e-mail and password was expected.`,
      hint: 'Check the address and the platform with: codemie doctor',
      exit: 'failed',
    });
  }
  return new CodemieError({
    code: 'SIGN_IN_DENIED',
    message:
      status === 429
        ? 'Too many tries; the platform takes five in fifteen minutes.'
        : 'The platform does not know this e-mail and password.',
    hint: status === 429 ? `Wait a quarter of an hour, then: ${SIGN_IN}` : SIGN_IN,
    exit: 'denied',
  });
}
