import type { Origin } from '../../net/origin.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { ApiKeyCredential } from '../credential.ts';
import { cleanToken } from '../jwt.ts';

const LONGEST = 4096;

/**
 * A key of a model provider, as a credential for that provider's address. Keys have no shape of their own; one that could
 * not travel in a header is refused.
 *
 * @throws AUTH_MALFORMED (4).
 */
export function apiKeyCredential(
  given: Secret,
  origin: Origin,
  now: number,
  header: ApiKeyCredential['header'],
): { readonly credential: ApiKeyCredential; readonly notices: readonly string[] } {
  const { token: key, notices } = cleanToken(given.reveal(), 'key');
  const text = key.reveal();
  if (!/^[\x21-\x7e]+$/.test(text) || text.length < 8 || text.length > LONGEST) {
    throw new CodemieError({
      code: 'AUTH_MALFORMED',
      message: `That cannot be an API key: one is 8 to ${LONGEST} visible characters without spaces.`,
      hint: 'Copy it again from the provider, whole',
    });
  }
  // Several keys may rest beside each other; a fingerprint tells them apart and gives nothing away.
  const identity = { id: `key-${key.fingerprint()}` };
  return { credential: { kind: 'api-key', origin, identity, obtainedAt: now, key, header }, notices };
}
