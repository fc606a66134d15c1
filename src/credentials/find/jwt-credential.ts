import type { Origin } from '../../net/origin.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { JwtCredential } from '../credential.ts';
import { cleanToken, inspectJwt } from '../jwt.ts';

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
  const { token, notices } = cleanToken(given.reveal());
  const facts = inspectJwt(token.reveal());
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
