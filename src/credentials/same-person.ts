import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { Identity } from './credential.ts';

/**
 * A session is for the person the platform named at the sign-in, by user id or, where it gave none, e-mail.
 *
 * @throws AUTH_IDENTITY_CHANGED (4) when the platform now names somebody else.
 */
export function requireSamePerson(known: Identity, { id, email }: Identity): void {
  if (known.id === undefined || (id === undefined && email === undefined)) return;
  if (known.id === id || known.id === email) return;
  throw new CodemieError({
    code: 'AUTH_IDENTITY_CHANGED',
    message:
      'The platform says that this session stands for another person than the one who signed in, so it was refused.',
    hint: SIGN_IN,
    exit: 'auth',
  });
}
