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
import { expired, notRenewable, notRenewableAt, signedOut } from '../errors.ts';
import { isRefreshable } from '../expiry.ts';
import { movedFrom, type Place, readStored } from '../keep/moved.ts';

const RETRY_AFTER_MS = 60_000;
/** How long a running process may keep using a credential after you signed out elsewhere, ms. */
const CHECK_STORE_AFTER_MS = 2000;
const RENEW_BEFORE_MS = 5 * 60_000;
/** JWT times are whole seconds, so a token may expire up to a second earlier than `expires_in` says. */
const MARGIN_MS = 1000;
/** The part of a credential's life that a caller can ask for. */
const MOST_OF_LIFE = 0.9;

/** Errors that end a sign-in. After any other error, the next try may succeed (S30). */
const FINAL = new Set(['AUTH_REVOKED', 'AUTH_MISSING', 'AUTH_IDENTITY_CHANGED']);

/** A gateway may refuse a session only because it lost its connection to the identity provider, so that is not final. */
function isFinal(error: unknown, { kind }: Credential): boolean {
  if (!(error instanceof CodemieError) || !FINAL.has(error.code)) return false;
  return kind !== 'session' || error.code !== 'AUTH_REVOKED';
}

function isMissing(error: unknown): boolean {
  return error instanceof CodemieError && error.code === 'AUTH_MISSING';
}

/**
 * Keeps one credential fresh while the process runs, with one renewal at a time (S27, S32).
 *
 * Call `fresh` before you use the credential:
 *
 * | The credential                                        | What happens                                                |
 * |-------------------------------------------------------|-------------------------------------------------------------|
 * | was removed from the store (you signed out elsewhere) | AUTH_MISSING, within two seconds                            |
 * | was moved to another store                            | it is read and renewed there from now on                    |
 * | cannot be renewed, and is valid                       | it is used as it is                                         |
 * | cannot be renewed, and has expired                    | AUTH_EXPIRED                                                |
 * | lives longer than the margin below                    | it is used as it is                                         |
 * | ends within the margin; a renewal failed a minute ago | it is used as it is until it expires                        |
 * | ends within the margin, or has expired                | it is renewed                                               |
 * | … and the renewal fails for good                      | AUTH_REVOKED, AUTH_MISSING or AUTH_IDENTITY_CHANGED         |
 * | … and the renewal fails otherwise, and it is valid    | it is used as it is (S30)                                   |
 * | … and the renewal fails otherwise, and it has expired | the error of the renewal                                    |
 *
 * The margin is five minutes or a tenth of the credential's life, whichever is shorter, or what the caller asks for if that is
 * more. It is at least one second. A caller can ask for nine tenths of the credential's life; if it asks for more, the margin is
 * half of it.
 *
 * Call `renew` after the platform refused the credential. If it was replaced since then, `renew` returns the new one;
 * otherwise it renews the credential, even a valid one. `observe` stores a session that the platform's gateway renewed in a
 * response.
 *
 * How a credential is renewed depends on its kind: a pipeline repeats its exchange, a session asks the platform's gateway
 * (`renewSession`), an OIDC credential uses its refresh token (`renewOidc`). The last two hold the credential's lock, so that
 * concurrent processes make only one renewal.
 *
 * @param renewal where the credential is stored, or how to obtain a new one; without it the credential cannot be renewed.
 */
export function renewingAccess(
  context: Context,
  facts: AccessFacts,
  found: Credential,
  renewal: Place | { readonly reobtain: () => Promise<OidcCredential> } | undefined,
): Access {
  let place = renewal !== undefined && 'store' in renewal ? renewal : undefined;
  const reobtain = renewal !== undefined && 'reobtain' in renewal ? renewal.reobtain : undefined;
  let current = found;
  let renewing: Promise<Credential> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = context.clock.now();
  let isGone = false;
  const refreshable = reobtain !== undefined || (place !== undefined && isRefreshable(found));

  /** Calls `act` with the place of the credential, and once more if it was moved to another store. */
  const inPlace = async <T>(known: Place, act: (at: Place) => Promise<T>): Promise<T> => {
    try {
      return await act(known);
    } catch (error) {
      const moved = isMissing(error)
        ? await movedFrom(context, facts.selection.profileName, known)
        : undefined;
      if (moved === undefined) throw error;
      place = moved;
      return act(moved);
    }
  };
  const renewed = async (stale: OidcCredential | SessionCredential): Promise<Credential> => {
    if (reobtain !== undefined) return reobtain();
    if (place === undefined) throw notRenewable(stale.kind);
    if (stale.kind === 'session') {
      const { renewSession } = await import('./session.ts');
      return inPlace(place, (at) => renewSession({ context, ...at }, stale));
    }
    const { renewOidc } = await import('./oidc.ts');
    return inPlace(place, (at) => renewOidc({ context, ...at }, stale));
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

  /** Checks at most every two seconds whether you signed out elsewhere. @throws AUTH_MISSING (4). */
  const requireKept = async (known: Place): Promise<void> => {
    const now = context.clock.now();
    if (now - lookedAt >= CHECK_STORE_AFTER_MS) {
      lookedAt = now;
      try {
        const { credential, ...at } = await readStored(context, facts.selection.profileName, known);
        isGone = credential === undefined;
        place = at;
        // A newer token replaced the old one. One that can be renewed is replaced when it is renewed.
        if (credential?.kind === current.kind && !refreshable) current = credential;
      } catch (error) {
        // An unreadable store does not mean that you signed out. A locked one responds slowly, so check it less often.
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
        throw expired(current, facts, context.clock.now());
      }
      // A session's expiry may be unknown.
      const life = (current.expiresAt ?? Number.POSITIVE_INFINITY) - current.obtainedAt;
      // No renewal gives more than the credential's life, so every call would renew again.
      const most = minTtlMs > life * MOST_OF_LIFE ? life / 2 : life * MOST_OF_LIFE;
      const wanted = Math.min(Math.max(minTtlMs, Math.min(RENEW_BEFORE_MS, life / 10), MARGIN_MS), most);
      if (left > wanted) return current;
      if (left > 0 && now - failedAt < RETRY_AFTER_MS) return current;
      try {
        return await renew(current);
      } catch (error) {
        context.signal.throwIfAborted();
        if (left <= 0 || isFinal(error, current)) throw error;
        failedAt = context.clock.now();
        context.log.debug('renewal failed, the credential is still valid', { reason: messageOf(error) });
        return current;
      }
    },
    observe: async (setCookie) => {
      const session = current;
      if (place === undefined || session.kind !== 'session' || setCookie.length === 0) return;
      const known = place;
      const { keepSession } = await import('./session.ts');
      const kept = await forProfile(facts.selection, () =>
        inPlace(known, (at) => keepSession({ context, ...at }, session, setCookie)),
      ).catch((error: unknown) => {
        // You signed out elsewhere. The next call of `fresh` says so; this response is here already.
        if (!isMissing(error)) throw error;
        return undefined;
      });
      current = kept ?? current;
    },
    renew: async (refused) => {
      // Two requests were refused at the same time, and the first one already renewed the credential.
      if (!isSameCredential(refused, current)) return current;
      if (!refreshable || (current.kind !== 'oidc' && current.kind !== 'session'))
        throw notRenewableAt(current, facts);
      return renew(current);
    },
  };
}
