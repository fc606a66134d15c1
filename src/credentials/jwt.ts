import { isUtf8 } from 'node:buffer';
import { CodemieError } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';
import type { Identity } from './identity.ts';

/** What a JWT says about itself. Nothing here is verified: it serves display and warnings, never a decision to allow. */
export interface JwtFacts {
  readonly algorithm: string;
  readonly issuer?: string;
  readonly audiences: readonly string[];
  readonly identity: Identity;
  /** Milliseconds since the epoch, as all instants here. */
  readonly expiresAt?: number;
  readonly notBefore?: number;
  readonly issuedAt?: number;
}

const LONGEST = 65_536;
/** The last instant a Date can hold, ms (ECMA-262 §21.4.1.1). */
export const LAST_INSTANT = 8.64e15;

/**
 * Takes a token as people paste it: surrounding white space, quotes and a leading `Bearer ` are removed, each with a
 * notice; the end of one line without.
 */
export function cleanToken(
  text: string,
  noun: 'token' | 'key' = 'token',
): { readonly token: Secret; readonly notices: readonly string[] } {
  const notices: string[] = [];
  // What `echo` and an editor put at the end of a line is no mistake of anybody's.
  let token = text.replace(/\r?\n$/, '');
  const take = (next: string, what: string): void => {
    if (next !== token) notices.push(`${what} around the ${noun} was ignored.`);
    token = next;
  };
  const trim = (): void => take(token.trim(), 'White space');
  const unprefix = (): void =>
    take(token.replace(/^(?:authorization:\s{0,20})?bearer\s{1,20}/i, ''), 'A "Bearer" prefix');
  trim();
  unprefix();
  trim();
  if (token.length > 1 && /^["'`]/.test(token) && /["'`]$/.test(token))
    take(token.slice(1, -1), 'A pair of quotes');
  unprefix();
  trim();
  return { token: new Secret(token), notices: [...new Set(notices)] };
}

/**
 * Reads a JWT's header and claims without verifying them (RFC 7519 §7.2 steps 1–7).
 *
 * @throws AUTH_MALFORMED (exit 4): not three parts, not base64url, not JSON objects, or times that are no numbers.
 */
export function inspectJwt(token: string): JwtFacts {
  if (token.length > LONGEST) throw malformed(`it is longer than ${LONGEST} characters`);
  const parts = token.split('.');
  if (parts.length === 5)
    throw malformed('it is encrypted (five parts, JWE); the platform takes signed tokens');
  if (parts.length !== 3) {
    throw malformed(
      `a JWT has three parts (header.payload.signature), this has ${token === '' ? 0 : parts.length}`,
    );
  }
  const header = part(parts[0], 'header');
  const claims = part(parts[1], 'payload');
  if (!/^[A-Za-z0-9_-]+$/.test(parts[2] ?? '')) throw malformed('its signature is empty or not base64url');
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || ['', 'none'].includes(algorithm.toLowerCase()))
    throw malformed('it is not signed ("alg")');
  return {
    algorithm,
    ...text('issuer', claims['iss']),
    audiences: [claims['aud']].flat().filter((entry) => typeof entry === 'string'),
    identity: {
      ...text('id', claims['sub']),
      ...text('name', claims['name'] ?? claims['preferred_username']),
      ...text('email', claims['email']),
    },
    ...instant('expiresAt', claims, 'exp'),
    ...instant('notBefore', claims, 'nbf'),
    ...instant('issuedAt', claims, 'iat'),
  };
}

function part(encoded: string | undefined, name: string): Record<string, unknown> {
  if (encoded === undefined || !/^[A-Za-z0-9_-]+$/.test(encoded) || encoded.length % 4 === 1)
    throw malformed(`its ${name} is not base64url`);
  const bytes = Buffer.from(encoded, 'base64url');
  if (!isUtf8(bytes)) throw malformed(`its ${name} is not UTF-8`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`its ${name} is not a JSON object`);
  return value as Record<string, unknown>;
}

/** NumericDate of RFC 7519 §2: seconds, within what a Date can hold. */
function instant<Name extends string>(
  name: Name,
  claims: Record<string, unknown>,
  claim: string,
): { [Key in Name]?: number } {
  const value = claims[claim];
  if (value === undefined) return {};
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) * 1000 > LAST_INSTANT) {
    throw malformed(`its "${claim}" is not a time in seconds`);
  }
  return { [name]: Math.round(value * 1000) } as { [Key in Name]?: number };
}

function text<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  // Claims reach terminals: control characters stay out.
  const clean =
    typeof value === 'string' ? value.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 300) : '';
  return (clean === '' ? {} : { [name]: clean }) as { [Key in Name]?: string };
}

function malformed(why: string): CodemieError {
  return new CodemieError({
    code: 'AUTH_MALFORMED',
    message: `The token is not a usable JWT: ${why}.`,
    hint: 'Get a new token from your identity provider and pass it whole, e.g. with --jwt-token-file FILE',
  });
}
