import { formatSpan } from '../system/duration.ts';
import type { Credential } from './credential.ts';
import { inspectJwt } from './jwt.ts';

const DAY = 86_400_000;
const WARN_BEFORE = 7 * DAY;

export type Validity = 'valid' | 'expiring' | 'expired';

/** @returns whether a credential can be renewed: it has a refresh token, or its gateway may renew it. */
export function isRefreshable(credential: Credential): boolean {
  if (credential.kind === 'session') return true;
  return credential.kind === 'oidc' && credential.refreshToken !== undefined;
}

/** A credential with an unknown expiry counts as valid. */
export function expiryState(credential: Credential, now: number): Validity {
  const { expiresAt } = credential;
  if (expiresAt === undefined) return 'valid';
  if (expiresAt <= now) return 'expired';
  return isRefreshable(credential) || expiresAt - now > warningSpan(credential, expiresAt)
    ? 'valid'
    : 'expiring';
}

/**
 * The last tenth of the credential's life, at most seven days (ms). For a JWT that you supplied, only its `iat` claim tells its
 * age.
 */
function warningSpan(credential: Credential, expiresAt: number): number {
  const since =
    credential.kind === 'jwt' ? inspectJwt(credential.token.reveal()).issuedAt : credential.obtainedAt;
  const life = since === undefined ? Number.POSITIVE_INFINITY : expiresAt - since;
  return Math.max(0, Math.min(WARN_BEFORE, life / 10));
}

/** @returns a warning before a run, if the credential cannot be renewed and is in the last tenth of its life. */
export function expiryWarning(credential: Credential, now: number): string | undefined {
  return expiryState(credential, now) === 'expiring' ? endsSoon(credential, now) : undefined;
}

/** @returns a sentence for `status`, if the credential cannot be renewed and expires within seven days. */
export function endsSoon(credential: Credential, now: number): string | undefined {
  const { kind, expiresAt } = credential;
  if (expiresAt === undefined || expiresAt <= now || expiresAt - now > WARN_BEFORE) return undefined;
  if (isRefreshable(credential)) return undefined;
  return `Your ${kind === 'jwt' ? 'token' : 'session'} expires in ${formatSpan(expiresAt - now)} and can't be refreshed.`;
}
