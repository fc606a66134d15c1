import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { redact } from '../system/redact.ts';

/** Who a credential stands for, as far as the issuer told us. Display only; never used to allow anything. */
export interface Identity {
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
}

/** Reads the person a platform names in the answer of `GET /v1/user`; servers call the id `user_id` or `userId`. */
export function identityIn(body: Readonly<Record<string, unknown>>): Identity {
  return {
    ...named('id', body['user_id'] ?? body['userId']),
    ...named('name', body['name'] ?? body['username']),
    ...named('email', body['email']),
  };
}

function named<Name extends keyof Identity>(name: Name, value: unknown): Pick<Identity, Name> | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  // A platform without accounts takes the token itself for the name of whoever sends it.
  return { [name]: redact(value) } as Pick<Identity, Name>;
}

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
  });
}
