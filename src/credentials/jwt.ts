import { isUtf8 } from 'node:buffer';
import { CodemieError } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';
import type { Identity } from './identity.ts';

/** The claims of a JWT, unverified. For display and warnings only; they never grant access. */
export interface JwtFacts {
  readonly algorithm: string;
  readonly issuer?: string;
  readonly audiences: readonly string[];
  /** The client it was issued to (`azp`). */
  readonly party?: string;
  readonly nonce?: string;
  readonly identity: Identity;
  /** Milliseconds since the epoch, like all times here. */
  readonly expiresAt?: number;
  readonly notBefore?: number;
  readonly issuedAt?: number;
}

const MAX_LENGTH = 65_536;
/** The last instant a Date can hold, ms (ECMA-262 §21.4.1.1). */
export const LAST_INSTANT = 8.64e15;

/**
 * Cleans up a pasted token. Removes surrounding white space, quotes and a leading `Bearer `, each with a notice, and one
 * trailing newline without a notice.
 */
export function cleanToken(
  text: string,
  noun: 'token' | 'key' = 'token',
): { readonly token: Secret; readonly notices: readonly string[] } {
  const notices: string[] = [];
  // `echo` and editors add a newline, so it deserves no notice.
  let token = text.replace(/\r?\n$/, '');
  const take = (next: string, what: string): void => {
    if (next !== token) notices.push(`Ignored ${what} around the ${noun}.`);
    token = next;
  };
  const trim = (): void => take(token.trim(), 'white space');
  const unprefix = (): void =>
    take(token.replace(/^(?:authorization:\s{0,20})?bearer\s{1,20}/i, ''), 'the "Bearer" prefix');
  trim();
  unprefix();
  trim();
  if (token.length > 1 && /^["'`]/.test(token) && /["'`]$/.test(token))
    take(token.slice(1, -1), 'the quotes');
  unprefix();
  trim();
  return { token: new Secret(token), notices: [...new Set(notices)] };
}

/**
 * Reads a JWT's header and claims without verifying them (RFC 7519 §7.2 steps 1–7).
 *
 * @throws AUTH_MALFORMED (exit 4): not three parts, not base64url, not JSON objects, or times that are not numbers.
 */
export function inspectJwt(token: string): JwtFacts {
  if (token.length > MAX_LENGTH) throw malformed(`longer than ${MAX_LENGTH} characters`);
  const parts = token.split('.');
  if (parts.length === 5) throw malformed('encrypted (JWE); CodeMie needs a signed token');
  if (parts.length !== 3) {
    throw malformed(`${parts.length} part${parts.length === 1 ? '' : 's'}, expected 3`);
  }
  const header = part(parts[0], 'header');
  const claims = part(parts[1], 'payload');
  if (!/^[A-Za-z0-9_-]+$/.test(parts[2] ?? '')) throw malformed('the signature is empty or not base64url');
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || ['', 'none'].includes(algorithm.toLowerCase()))
    throw malformed('not signed ("alg")');
  return {
    algorithm,
    ...text('issuer', claims['iss']),
    audiences: [claims['aud']].flat().filter((entry) => typeof entry === 'string'),
    ...text('party', claims['azp']),
    ...text('nonce', claims['nonce']),
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
    throw malformed(`the ${name} is not base64url`);
  const bytes = Buffer.from(encoded, 'base64url');
  if (!isUtf8(bytes)) throw malformed(`the ${name} is not UTF-8`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`the ${name} is not a JSON object`);
  return value as Record<string, unknown>;
}

/** Reads a NumericDate (RFC 7519 §2): seconds, within the range of a Date. */
function instant<Name extends string>(
  name: Name,
  claims: Record<string, unknown>,
  claim: string,
): { [Key in Name]?: number } {
  const value = claims[claim];
  if (value === undefined) return {};
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) * 1000 > LAST_INSTANT) {
    throw malformed(`"${claim}" is not a time in seconds`);
  }
  return { [name]: Math.round(value * 1000) } as { [Key in Name]?: number };
}

function text<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  // Claims are printed to terminals, so control characters are removed.
  const clean =
    typeof value === 'string' ? value.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, 300) : '';
  return (clean === '' ? {} : { [name]: clean }) as { [Key in Name]?: string };
}

function malformed(why: string): CodemieError {
  return new CodemieError({
    code: 'AUTH_MALFORMED',
    message: `The token isn't a valid JWT (${why}).`,
    hint: 'Get a new token from your identity provider and pass all of it, for example with --jwt-token-file FILE.',
  });
}
