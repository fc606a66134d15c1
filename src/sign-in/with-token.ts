import type { Context } from '../context.ts';
import type { JwtCredential } from '../credentials/credential.ts';
import { givenToken } from '../credentials/find/given-token.ts';
import type { Origin } from '../net/origin.ts';
import { formatSpan } from '../system/duration.ts';
import { CodemieError, SIGN_IN, usageError } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';

/**
 * Reads a platform JWT that you supply. Its claims are not verified here; the caller asks the platform.
 *
 * @throws INPUT_REQUIRED (2) if the input is empty, AUTH_MALFORMED and AUTH_EXPIRED (4) if the token is unusable.
 */
export async function credentialFromToken(
  context: Context,
  origin: Origin,
  given: Secret | undefined,
): Promise<{ readonly credential: JwtCredential; readonly notices: readonly string[] }> {
  if (given === undefined || given.reveal().trim() === '') {
    throw usageError(
      'No token was piped to stdin.',
      { hint: `Pipe it in: printf %s "$TOKEN" | ${SIGN_IN} --with-token` },
      'INPUT_REQUIRED',
    );
  }
  const now = context.clock.now();
  const obtained = await givenToken(context, given, origin);
  const { expiresAt } = obtained.credential;
  if (expiresAt === undefined || expiresAt > now) return obtained;
  throw new CodemieError({
    code: 'AUTH_EXPIRED',
    message: `The token expired ${formatSpan(now - expiresAt)} ago, so it was not saved.`,
    hint: 'Get a new token from your identity provider.',
  });
}
