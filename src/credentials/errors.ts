import { type SignInPlace, signInAgain } from '../config/sign-in-again.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { Credential } from './credential.ts';
import { inspectJwt } from './jwt.ts';

/**
 * @param place of a credential that was kept at a sign-in; signing in as before gives a new one.
 * @returns the error for a credential that holds nothing to renew it with: exit 4.
 */
export function notRenewable(kind = 'sign-in', place?: SignInPlace): CodemieError {
  return new CodemieError({
    code: 'AUTH_NOT_RENEWABLE',
    message: `This kind of credential (${kind}) cannot be renewed from here.`,
    hint:
      kind === 'jwt' && place?.authMethod !== 'sso'
        ? 'Get a new token from your identity provider.'
        : place === undefined
          ? SIGN_IN
          : signInAgain(place),
    exit: 'auth',
  });
}

/** Who signs the tokens of a platform's own accounts. */
export const LOCAL_ISSUER = 'codemie-local';

/** Where a stored credential was obtained: a token of the platform's own accounts at its sign-in, however it was stored. */
export function whereObtained<Place extends SignInPlace>(credential: Credential, place: Place): Place {
  const isLocal = credential.kind === 'jwt' && inspectJwt(credential.token.reveal()).issuer === LOCAL_ISSUER;
  return isLocal ? { ...place, authMethod: 'sso' } : place;
}

/** @returns whether a renewal failed because nothing renews this credential. */
export function isNotRenewable(error: unknown): boolean {
  return error instanceof CodemieError && error.code === 'AUTH_NOT_RENEWABLE';
}

/** @returns the error for a credential that is no longer in its store: exit 4. */
export function signedOut(place?: SignInPlace): CodemieError {
  return new CodemieError({
    code: 'AUTH_MISSING',
    message: 'You are signed out: the credential is no longer in its store.',
    hint: place === undefined ? SIGN_IN : signInAgain(place),
    exit: 'auth',
  });
}
