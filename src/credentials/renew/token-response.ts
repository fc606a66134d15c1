import { jsonObject } from '../../net/client.ts';
import type { HttpResponse } from '../../net/http.ts';
import { CodemieError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';

/** Tokens issued by an authorization server (RFC 6749 §5.1). */
export interface TokenSet {
  readonly accessToken: Secret;
  readonly refreshToken?: Secret;
  readonly idToken?: Secret;
  /** Life of the access token, ms. */
  readonly lifeMs: number;
}

/** Lifetime assumed when the server gives no usable one. Short, never unlimited (S14). */
export const UNKNOWN_LIFE_MS = 60_000;

/** @returns an access token's lifetime (ms) from `expires_in`, or `UNKNOWN_LIFE_MS` if that is unusable. */
export function lifeOf(expiresIn: unknown): number {
  return typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn > 0
    ? Math.min(expiresIn, 365 * 86_400) * 1000
    : UNKNOWN_LIFE_MS;
}

/**
 * @returns whether a token can be sent in a header: printable ASCII characters (RFC 6749 appendix A.12). One with a line break,
 *   a NUL or other letters would make every later request fail.
 */
export function isSendable(token: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token);
}

/**
 * Reads a successful token response.
 *
 * @throws TOKEN_RESPONSE_MALFORMED; the message never contains the body (S15).
 */
export function tokenSet(response: HttpResponse): TokenSet {
  const body = jsonObject(response, 'The token endpoint');
  const text = (name: string): string | undefined => {
    const value = body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || !isSendable(value)) throw malformed(name);
    return value;
  };
  const access = text('access_token');
  if (access === undefined) throw malformed('access_token');
  const type = body['token_type'];
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer') throw malformed('token_type');
  const refresh = text('refresh_token');
  const id = text('id_token');
  return {
    accessToken: new Secret(access),
    ...(refresh === undefined ? {} : { refreshToken: new Secret(refresh) }),
    ...(id === undefined ? {} : { idToken: new Secret(id) }),
    lifeMs: lifeOf(body['expires_in']),
  };
}

function malformed(field: string): CodemieError {
  return new CodemieError({
    code: 'TOKEN_RESPONSE_MALFORMED',
    message: `The identity provider sent an invalid "${field}".`,
    fix: 'codemie doctor',
  });
}
