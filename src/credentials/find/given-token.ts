import type { Context } from '../../context.ts';
import type { Origin } from '../../net/origin.ts';
import { formatSpan } from '../../system/duration.ts';
import type { Secret } from '../../system/secret.ts';
import type { JwtCredential } from '../credential.ts';
import { LAST_INSTANT } from '../jwt.ts';
import { jwtCredential, readToken } from './jwt-credential.ts';

/**
 * Reads a bearer token. If it has expired or is not valid yet by this machine's clock, the platform's clock decides, because
 * this machine's clock may be wrong.
 */
export async function givenToken(
  context: Context,
  token: Secret,
  origin: Origin,
  { offline = false }: { readonly offline?: boolean } = {},
): Promise<{ readonly credential: JwtCredential; readonly notices: readonly string[] }> {
  const now = context.clock.now();
  const { notBefore = 0, expiresAt = Number.POSITIVE_INFINITY } = readToken(token).facts;
  if (offline || (notBefore <= now && expiresAt > now)) return jwtCredential(token, origin, now);
  const { clockSkewOf } = await import('./clock-skew.ts');
  const skew = await clockSkewOf(context, origin);
  const given = jwtCredential(token, origin, now + skew);
  if (skew === 0 || given.credential.expiresAt === undefined) return given;
  const notice = `Your clock is ${formatSpan(Math.abs(skew))} ${skew < 0 ? 'ahead of' : 'behind'} the server's; the token was checked against the server's clock.`;
  // Converted to this machine's time, which all other code uses, and clamped to what a Date can hold.
  const ownEnd = given.credential.expiresAt - skew;
  return {
    credential: {
      ...given.credential,
      expiresAt: Math.max(-LAST_INSTANT, Math.min(ownEnd, LAST_INSTANT)),
    },
    notices: [...given.notices, notice],
  };
}
