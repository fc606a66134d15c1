import { CodemieError } from '../system/errors.ts';

/** @returns the error for a credential that holds nothing to renew it with: exit 4. */
export function notRenewable(origin: string, kind = 'sign-in'): CodemieError {
  return new CodemieError({
    code: 'AUTH_NOT_RENEWABLE',
    message: `This kind of credential (${kind}) cannot be renewed from here.`,
    hint:
      kind === 'jwt'
        ? 'Get a new token from your identity provider.'
        : `codemie profile login --url ${origin}`,
    exit: 'auth',
  });
}
