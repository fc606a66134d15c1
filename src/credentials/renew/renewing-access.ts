import { forProfile } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import type { Access, AccessFacts } from '../access.ts';
import {
  type Credential,
  isSameCredential,
  type OidcCredential,
  type SessionCredential,
} from '../credential.ts';
import { expired, notRenewable, signedOut, whereObtained } from '../errors.ts';
import { isRefreshable } from '../expiry.ts';
import type { SecretStore } from '../keep/store.ts';

const RETRY_AFTER_MS = 60_000;
/** How long a sign-out may go unnoticed by a process that is at work, ms. */
const LOOKED_AFTER_MS = 2000;
const EARLIEST_MS = 5 * 60_000;
/** A JWT counts whole seconds, so it may end up to a second before `expires_in` says. */
const MARGIN_MS = 1000;

/** The sign-in has ended; everything else may be different the next time, and the token at hand is still good (S30). */
const FINAL = new Set(['AUTH_REVOKED', 'AUTH_MISSING', 'AUTH_IDENTITY_CHANGED']);

/** A gateway that does not know a session just now may only have lost touch with its identity provider. */
function isFinal(error: unknown, { kind }: Credential): boolean {
  if (!(error instanceof CodemieError) || !FINAL.has(error.code)) return false;
  return kind !== 'session' || error.code !== 'AUTH_REVOKED';
}

interface Place {
  readonly store: SecretStore;
  readonly id: string;
}

/**
 * Keeps one credential fresh for as long as the process runs; one renewal at a time (S27, S32).
 *
 * @param renewal where it is stored and renewed, or how a new one is obtained; without either it ends with its token.
 */
export function renewingAccess(
  context: Context,
  facts: AccessFacts,
  found: Credential,
  renewal: Place | { readonly again: () => Promise<OidcCredential> } | undefined,
): Access {
  const place = renewal !== undefined && 'store' in renewal ? renewal : undefined;
  const again = renewal !== undefined && 'again' in renewal ? renewal.again : undefined;
  let current = found;
  let renewing: Promise<Credential> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = context.clock.now();
  let isGone = false;
  const refreshable = again !== undefined || (place !== undefined && isRefreshable(found));

  const renewed = async (stale: OidcCredential | SessionCredential): Promise<Credential> => {
    if (again !== undefined) return again();
    if (place === undefined) throw notRenewable(stale.kind);
    if (stale.kind === 'session') {
      const { renewSession } = await import('./session.ts');
      return renewSession({ context, ...place }, stale);
    }
    const { renewOidc } = await import('./oidc.ts');
    return renewOidc({ context, ...place }, stale);
  };
  const renew = (stale: OidcCredential | SessionCredential): Promise<Credential> => {
    renewing ??= forProfile(facts.selection, () => renewed(stale))
      .then((fresh) => {
        current = fresh;
        return fresh;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };

  /** Looks now and then, and only when the credential is asked for, whether somebody signed out. @throws AUTH_MISSING. */
  const requireKept = async ({ store, id }: Place): Promise<void> => {
    const now = context.clock.now();
    if (now - lookedAt >= LOOKED_AFTER_MS) {
      lookedAt = now;
      try {
        isGone = (await store.get(id)) === undefined;
      } catch (error) {
        // A store that cannot be read says nothing, and may take its time to say so.
        lookedAt = now + RETRY_AFTER_MS;
        context.log.debug('the store could not be read', { reason: messageOf(error) });
      }
    }
    if (isGone) throw signedOut(facts.selection);
  };

  return {
    ...facts,
    credential: found,
    refreshable,
    fresh: async (minTtlMs = 0) => {
      if (place !== undefined) await requireKept(place);
      const now = context.clock.now();
      const left = (current.expiresAt ?? Number.POSITIVE_INFINITY) - now;
      if (!refreshable || (current.kind !== 'oidc' && current.kind !== 'session')) {
        if (left > 0) return current;
        throw expired(current, facts);
      }
      // Of a session nobody may know the end.
      const life = (current.expiresAt ?? Number.POSITIVE_INFINITY) - current.obtainedAt;
      // More than half of its life cannot be asked of a token: a renewal would gain little and be repeated by everyone.
      const wanted = Math.min(Math.max(minTtlMs, Math.min(EARLIEST_MS, life / 10), MARGIN_MS), life / 2);
      if (left > wanted) return current;
      if (left > 0 && now - failedAt < RETRY_AFTER_MS) return current;
      try {
        return await renew(current);
      } catch (error) {
        context.signal.throwIfAborted();
        if (left <= 0 || isFinal(error, current)) throw error;
        failedAt = context.clock.now();
        context.log.debug('renewal failed, the credential is still good', { reason: messageOf(error) });
        return current;
      }
    },
    observe: async (setCookie) => {
      const session = current;
      if (place === undefined || session.kind !== 'session' || setCookie.length === 0) return;
      const { keepSession } = await import('./session.ts');
      const kept = await forProfile(facts.selection, () =>
        keepSession({ context, ...place }, session, setCookie),
      );
      current = kept ?? current;
    },
    renew: async (refused) => {
      // Refused before it was renewed, as the second of two at once: what is in force was not judged yet.
      if (!isSameCredential(refused, current)) return current;
      if (!refreshable || (current.kind !== 'oidc' && current.kind !== 'session'))
        throw notRenewable(
          current.kind,
          facts.source === 'store' ? whereObtained(current, facts.selection) : undefined,
        );
      return renew(current);
    },
  };
}
