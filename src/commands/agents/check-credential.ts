import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import { createPlatform, withShortTimeout } from '../../platform-api/client.ts';
import type { Signature } from '../../platform-api/verify-signature.ts';
import { CodemieError } from '../../system/errors.ts';

/**
 * @returns whether the platform issuer's keys signed a token that the user supplied; undefined for other credentials.
 * @throws AUTH_SIGNATURE (4) for a token that names those keys but was not signed by them.
 */
export async function signatureOf(context: Context, access: Access): Promise<Signature | undefined> {
  const { credential, source } = access;
  if (source === 'store' || credential.kind !== 'jwt') return undefined;
  const { verifySignature } = await import('../../platform-api/verify-signature.ts');
  const signature = await verifySignature(context, access, credential.token);
  context.log.debug('signature of the token', { ...signature });
  return signature;
}

/**
 * Asks the platform before anything starts, for credentials that only it can check: a supplied token, or a session
 * that may now belong to someone else. For any other credential, the request for the models is enough.
 *
 * @returns false when the platform was asked but did not decide.
 * @throws AUTH_REFUSED and the other errors of a rejected credential (4).
 */
export async function isAccepted(context: Context, access: Access): Promise<boolean> {
  const { credential, source, selection } = access;
  const isGiven = credential.kind === 'jwt' && source !== 'store';
  if (selection.keyProvider !== undefined) return true;
  if (!isGiven && credential.kind !== 'session') return true;
  try {
    await createPlatform(withShortTimeout(context), access.origin, access).user();
    return true;
  } catch (error) {
    // A platform that is down says nothing about the credential.
    if (!(error instanceof CodemieError) || error.exit === 'auth') throw error;
    context.log.debug('the platform did not judge the credential', { code: error.code });
    return false;
  }
}
