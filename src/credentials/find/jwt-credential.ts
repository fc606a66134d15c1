import type { Origin } from '../../net/origin.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { JwtCredential } from '../credential.ts';
import { cleanToken, inspectJwt, type JwtFacts } from '../jwt.ts';
import { refuseMistake } from './looks-like.ts';

/**
 * Turns a bearer token into a credential for one platform. Its claims are not verified.
 *
 * @throws AUTH_MALFORMED, AUTH_NOT_YET_VALID (4).
 */
export function jwtCredential(
  given: Secret,
  origin: Origin,
  now: number,
): { readonly credential: JwtCredential; readonly notices: readonly string[] } {
  const { token, notices, facts } = readToken(given);
  requireStarted(facts.notBefore, now);
  const credential: JwtCredential = {
    kind: 'jwt',
    origin,
    identity: facts.identity,
    obtainedAt: facts.issuedAt ?? now,
    token,
    ...(facts.expiresAt === undefined ? {} : { expiresAt: facts.expiresAt }),
  };
  return { credential, notices };
}

function requireStarted(notBefore: number | undefined, now: number): void {
  if (notBefore === undefined || notBefore <= now + 60_000) return;
  throw new CodemieError({
    code: 'AUTH_NOT_YET_VALID',
    message: `The token is not valid until ${new Date(notBefore).toISOString()}; your clock says ${new Date(now).toISOString()}.`,
    fix: 'codemie doctor',
    hint: 'Your clock may be wrong.',
  });
}

/** @throws AUTH_MALFORMED (4), which says what the text is instead of a token. */
export function readToken(given: Secret): {
  readonly token: Secret;
  readonly notices: readonly string[];
  readonly facts: JwtFacts;
} {
  const cleaned = cleanToken(given.reveal());
  refuseMistake(cleaned.token.reveal(), 'token');
  return { ...cleaned, facts: inspectJwt(cleaned.token.reveal()) };
}
