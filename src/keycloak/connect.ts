import type { Context } from '../context.ts';
import { requireSecure, webUrl } from '../net/origin.ts';
import { usageError } from '../system/errors.ts';
import { withoutEnd } from '../system/trim-end.ts';
import { createAdmin, type KeycloakAdmin } from './admin.ts';
import type { KeycloakConnection } from './connection.ts';
import { createTokens } from './token.ts';

/**
 * The admin API of one realm. Signs in with the first request. A person signs in to `master`. A client signs in to the
 * realm itself, or to `master` if the realm does not know it.
 */
export function connectKeycloak(context: Context, connection: KeycloakConnection): KeycloakAdmin {
  return createAdmin(context, connection, createTokens(context, connection));
}

/**
 * The base URL of a server, from any of its addresses: `https://host`, `https://host/auth/`,
 * `https://host/admin/master/console/`. A relative path, such as `/auth` of old servers, is kept.
 *
 * @throws URL_INVALID; URL_INSECURE for plain http to another machine.
 */
export function serverBase(address: string): string {
  const url = webUrl(address);
  if (url === undefined) {
    throw usageError(
      'The address of the Keycloak server is not a valid URL.',
      { hint: 'For example: https://keycloak.example.com' },
      'URL_INVALID',
    );
  }
  requireSecure(url);
  return `${url.origin}${withoutEnd(url.pathname.replace(/\/(?:admin|realms)(?:\/.*)?$/, ''), '/')}`;
}
