import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { redact } from '../system/redact.ts';

/** The person or account a credential belongs to, according to its issuer. For display only; it never grants access. */
export interface Identity {
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
}

/** Reads the person from the response to `GET /v1/user`. Servers call the id `user_id` or `userId`. */
export function identityIn(body: Readonly<Record<string, unknown>>): Identity {
  return {
    ...named('id', body['user_id'] ?? body['userId']),
    ...named('name', body['name'] ?? body['username']),
    ...named('email', body['email']),
  };
}

function named<Name extends keyof Identity>(name: Name, value: unknown): Pick<Identity, Name> | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  // A platform without accounts returns the token itself as the user's name.
  return { [name]: redact(value) } as Pick<Identity, Name>;
}

/**
 * Checks that a session still belongs to the person the platform named at sign-in, by user id or, without one, by e-mail.
 *
 * @throws AUTH_IDENTITY_CHANGED (4) if the platform now names another person.
 */
export function requireSamePerson(known: Identity, { id, email }: Identity): void {
  if (known.id === undefined || (id === undefined && email === undefined)) return;
  if (known.id === id || known.id === email) return;
  throw new CodemieError({
    code: 'AUTH_IDENTITY_CHANGED',
    message: 'This session now belongs to someone other than the person who signed in, so it was not used.',
    fix: SIGN_IN,
  });
}
