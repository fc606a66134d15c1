import { apiBase } from '../config/address.ts';
import type { Context } from '../context.ts';
import type { Credential } from '../credentials/credential.ts';
import { jwtCredential } from '../credentials/jwt-credential.ts';
import type { Origin } from '../net/origin.ts';
import { jsonObject } from '../net/request.ts';
import { CodemieError } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';

/**
 * A platform with accounts of its own (`IDP_PROVIDER=local`): e-mail and password, asked on the terminal and never kept.
 *
 * @throws INPUT_REQUIRED (2) without a terminal, SIGN_IN_DENIED (6) for a wrong password or too many tries.
 */
export async function signInLocally(context: Context, origin: Origin): Promise<Credential> {
  const prompts = await context.terminal.prompts();
  const hint = '--with-token; this platform signs people in by e-mail and password, which needs a terminal';
  const email = await prompts.input({ flag: hint, message: 'E-mail:' });
  const password = new Secret(await prompts.password({ flag: hint, message: 'Password:' }));
  const response = await context.http({
    url: `${apiBase(origin)}/v1/local-auth/login`,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ email, password: password.reveal() }),
    signal: context.signal,
  });
  if (response.status !== 200) {
    const tooMany = response.status === 429;
    throw new CodemieError({
      code: 'SIGN_IN_DENIED',
      message: tooMany
        ? 'Too many tries; the platform takes five in fifteen minutes.'
        : 'The platform does not know this e-mail and password.',
      hint: 'codemie profile login',
      exit: 'denied',
    });
  }
  const token = jsonObject(response, 'The platform')['access_token'];
  const text = typeof token === 'string' ? token : '';
  const { credential } = jwtCredential(new Secret(text), origin, context.clock.now());
  return { ...credential, identity: { email, ...credential.identity } };
}
