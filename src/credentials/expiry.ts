import { formatSpan } from '../system/duration.ts';
import type { Credential } from './credential.ts';
import { inspectJwt } from './jwt.ts';

const DAY = 86_400_000;
const WARN_BEFORE = 7 * DAY;

export type Validity = 'valid' | 'expiring' | 'expired';

/** @returns whether a credential can renew itself: it holds a refresh token, or its gateway may renew it. */
export function isRefreshable(credential: Credential): boolean {
  if (credential.kind === 'session') return true;
  return credential.kind === 'oidc' && credential.refreshToken !== undefined;
}

/** What the clock says of a credential. One whose end is unknown counts as valid. */
export function expiryState(credential: Credential, now: number): Validity {
  const { expiresAt } = credential;
  if (expiresAt === undefined) return 'valid';
  if (expiresAt <= now) return 'expired';
  return isRefreshable(credential) || expiresAt - now > warningSpan(credential, expiresAt)
    ? 'valid'
    : 'expiring';
}

/**
 * Seven days; a token whose whole life is shorter warns in the last tenth of it. How long a token that was given to us has
 * lived, it alone can say.
 */
function warningSpan(credential: Credential, expiresAt: number): number {
  const since =
    credential.kind === 'jwt' ? inspectJwt(credential.token.reveal()).issuedAt : credential.obtainedAt;
  const life = since === undefined ? Number.POSITIVE_INFINITY : expiresAt - since;
  return life > WARN_BEFORE ? WARN_BEFORE : Math.max(0, life / 10);
}

/** @returns a sentence when a credential that cannot renew itself ends soon. */
export function expiryWarning(credential: Credential, now: number): string | undefined {
  if (expiryState(credential, now) !== 'expiring' || credential.expiresAt === undefined) return undefined;
  return `The ${credential.kind === 'jwt' ? 'token' : 'credential'} expires in ${formatSpan(credential.expiresAt - now)} and cannot renew itself.`;
}
