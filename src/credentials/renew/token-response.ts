import { jsonObject } from '../../net/client.ts';
import type { HttpResponse } from '../../net/http.ts';
import { CodemieError } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';

/** Tokens as an authorization server hands them out (RFC 6749 §5.1). */
export interface TokenSet {
  readonly accessToken: Secret;
  readonly refreshToken?: Secret;
  readonly idToken?: Secret;
  /** Life of the access token, ms. */
  readonly lifeMs: number;
}

/** Life assumed when the server says nothing usable: short, never for ever (S14). */
export const UNKNOWN_LIFE_MS = 60_000;

/** @returns the life of an access token in ms from `expires_in`, whatever was sent there. */
export function lifeOf(expiresIn: unknown): number {
  return typeof expiresIn === 'number' && Number.isFinite(expiresIn) && expiresIn > 0
    ? Math.min(expiresIn, 365 * 86_400) * 1000
    : UNKNOWN_LIFE_MS;
}

/**
 * Reads a successful token response.
 *
 * @throws TOKEN_RESPONSE_MALFORMED without repeating the body (S15).
 */
export function tokenSet(response: HttpResponse): TokenSet {
  const body = jsonObject(response, 'The token endpoint');
  const text = (name: string): string | undefined => {
    const value = body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || value === '') throw malformed(name);
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
    message: `The token endpoint sent a "${field}" that cannot be used.`,
    hint: 'codemie doctor',
  });
}
