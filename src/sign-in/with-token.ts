import type { Context } from '../context.ts';
import type { JwtCredential } from '../credentials/credential.ts';
import { givenToken } from '../credentials/find/given-token.ts';
import type { Origin } from '../net/origin.ts';
import { CodemieError, SIGN_IN, usageError } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';

/**
 * A platform JWT a person hands over to be kept. Its claims are not verified here; the platform is asked afterwards.
 *
 * @throws INPUT_REQUIRED (2) for nothing, AUTH_MALFORMED and AUTH_EXPIRED (4) for what cannot be used.
 */
export async function credentialFromToken(
  context: Context,
  origin: Origin,
  given: Secret | undefined,
): Promise<{ readonly credential: JwtCredential; readonly notices: readonly string[] }> {
  if (given === undefined || given.reveal().trim() === '') {
    throw usageError(
      'No token arrived on stdin.',
      `printf %s "$TOKEN" | ${SIGN_IN} --with-token`,
      'INPUT_REQUIRED',
    );
  }
  const now = context.clock.now();
  const obtained = await givenToken(context, given, origin);
  const { expiresAt } = obtained.credential;
  if (expiresAt === undefined || expiresAt > now) return obtained;
  throw new CodemieError({
    code: 'AUTH_EXPIRED',
    message: `The token expired on ${new Date(expiresAt).toISOString()}, so it was not kept.`,
    hint: 'Get a new token from your identity provider.',
  });
}
