import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import { createPlatform, withShortTimeout } from '../../platform-api/client.ts';
import type { Signature } from '../../platform-api/verify-signature.ts';
import { CodemieError } from '../../system/errors.ts';

/**
 * @returns what the keys of the platform's issuer say of a token that was handed to us; undefined for other credentials.
 * @throws AUTH_SIGNATURE (4) for one that they did not sign though it says so.
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
 * What a platform would refuse is said before anything starts: a given token that nobody else could judge, a session that
 * stands for somebody else by now. For any other credential the platform is asked for its models anyway.
 *
 * @returns false when the platform was asked and gave no judgement.
 * @throws AUTH_REFUSED and the other errors of a credential that does not count (4).
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
    // A platform that is out of order at the moment says nothing about the credential.
    if (!(error instanceof CodemieError) || error.exit === 'auth') throw error;
    context.log.debug('the platform did not judge the credential', { code: error.code });
    return false;
  }
}
