import type { Origin } from '../../net/origin.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Secret } from '../../system/secret.ts';
import type { ApiKeyCredential } from '../credential.ts';
import { cleanToken } from '../jwt.ts';
import { refuseMistake } from './looks-like.ts';

const MAX_LENGTH = 4096;

/**
 * Turns a model provider's API key into a credential for that provider's address. API keys have no common format, so any
 * value that is valid in an HTTP header is accepted.
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
  refuseMistake(text, 'key');
  if (!/^[\x21-\x7e]+$/.test(text) || text.length < 8 || text.length > MAX_LENGTH) {
    throw new CodemieError({
      code: 'AUTH_MALFORMED',
      message: `The API key must have 8 to ${MAX_LENGTH} visible characters and no spaces; this one has ${text.length} characters.`,
      hint: "Copy the whole key from your provider's dashboard.",
    });
  }
  // A store may hold several keys. A fingerprint tells them apart without revealing them.
  const identity = { id: `key-${key.fingerprint()}` };
  return { credential: { kind: 'api-key', origin, identity, obtainedAt: now, key, header }, notices };
}
