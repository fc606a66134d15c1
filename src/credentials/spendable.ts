import { CodemieError } from '../system/errors.ts';
import type { Access } from './access.ts';
import type { Credential } from './credential.ts';

/**
 * What can be spent now: as `fresh`, and a gateway session past its known end is renewed once before it counts as expired.
 *
 * @throws AUTH_EXPIRED, AUTH_REVOKED, AUTH_NOT_RENEWABLE (4), UNREACHABLE (5).
 */
export async function spendable(access: Access): Promise<Credential> {
  return access.fresh().catch((error: unknown) => {
    const over = error instanceof CodemieError && error.code === 'AUTH_EXPIRED';
    if (!over || access.credential.kind !== 'session' || !access.refreshable) throw error;
    return access.renew(access.credential);
  });
}
