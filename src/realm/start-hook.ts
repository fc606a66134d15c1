import type { KeycloakAdmin } from '../keycloak/admin.ts';
import { Conflict } from '../keycloak/errors.ts';
import type { Clock } from '../system/clock.ts';
import { formatSpan } from '../system/duration.ts';
import type { ErrorCode } from '../system/error-codes.ts';
import { CodemieError } from '../system/errors.ts';
import { applyPlan } from './apply/run.ts';
import { compareNewRealm } from './compare.ts';
import type { Lifecycle, Ownership, OwnershipOptions } from './model/ownership.ts';
import { FAMILIES, type Family, type TypeName } from './model/types.ts';
import type { JsonObject } from './model/values.ts';
import type { Plan } from './plan.ts';

/**
 * What belongs to whom where a container sets up a realm at each start: everything comes once and is then the operator's,
 * but the ways in are always as the files say.
 */
export const AT_START: OwnershipOptions = {
  defaults: {
    ...(Object.fromEntries(FAMILIES.map((family) => [family, 'seed'])) as Record<Family, Lifecycle>),
    authenticationFlows: 'managed',
    identityProviders: 'managed',
  },
  rotate: ['identityProviders'],
};

export interface StartHookOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long Keycloak may be away, from the start on, ms. */
  readonly waitMs: number;
  /** Told each time before waiting, with the reason. */
  readonly onWait: (reason: CodemieError) => void;
  /** Told what is about to be changed, before the first write. */
  readonly onPlan: (plan: Plan, admin: KeycloakAdmin) => Promise<void>;
  /** Told before the writes of each object. */
  readonly onObject: (type: TypeName, id: string) => void;
}

export interface StartHookResult {
  /** What was changed. */
  readonly plan: Plan;
  /** Whether the realm was absent. */
  readonly isNew: boolean;
}

/**
 * Waits for Keycloak, creates the realm where it is absent, and brings it to what the files say. Where the server goes away
 * in the middle, it waits again; where another program writes at the same time, it compares again and goes on.
 *
 * @param connect a connection with a token of its own: a token has no rights in a realm that another copy created since.
 * @throws at once what waiting does not change: a rejected account, an error in the files. UNREACHABLE, TLS_UNTRUSTED or
 *   KEYCLOAK_ABSENT with the last reason when the wait is over; the error of what failed several times.
 */
export async function startHook(
  connect: () => KeycloakAdmin,
  files: readonly JsonObject[],
  ownership: Ownership,
  { clock, signal, waitMs, onWait, onPlan, onObject }: StartHookOptions,
): Promise<StartHookResult> {
  const until = clock.now() + waitMs;
  let first: StartHookResult | undefined;
  let last: CodemieError | undefined;
  let again = 0;
  for (let turn = 1; ; turn += 1) {
    let now: Awaited<ReturnType<typeof compareNewRealm>> | undefined;
    try {
      const admin = connect();
      now = await compareNewRealm(admin, files, ownership);
      if (first === undefined) await onPlan(now.plan, admin);
      first ??= now;
      await applyPlan(admin, files, ownership, now, onObject);
      return first;
    } catch (error) {
      if (signal.aborted || !(error instanceof CodemieError)) throw error;
      // Another copy creates the realm, which takes seconds.
      const isOther = now?.isNew === true && error instanceof Conflict;
      if (isOther || isAway(error, now === undefined)) {
        if (clock.now() >= until) throw gaveUp(error, waitMs);
        onWait(error);
      } else {
        again = error.message === last?.message ? again + 1 : 0;
        last = error;
        if (again >= (RETRIES[error.code] ?? 0) || clock.now() >= until) throw error;
      }
      // Several copies start at the same moment: half of the pause is random.
      const pause = PAUSE_MS * Math.min(turn, 4) * (0.5 + Math.random() / 2);
      await clock.sleep(Math.min(pause, until - clock.now()), signal);
    }
  }
}

const PAUSE_MS = 1000;

/** A container may start before the server, its name or its certificate is there; a proxy answers in its place with a page. */
const AWAY: readonly ErrorCode[] = ['UNREACHABLE', 'TLS_UNTRUSTED', 'KEYCLOAK_ABSENT'];
/** A server that starts may also fail, and what another copy creates or removes may not be there. */
const AWAY_IN_READING: readonly ErrorCode[] = [...AWAY, 'KEYCLOAK_FAILED', 'KEYCLOAK_REJECTED'];

/** @param isReading nothing was written yet, so that a new try does no harm. */
function isAway({ code }: CodemieError, isReading: boolean): boolean {
  return (isReading ? AWAY_IN_READING : AWAY).includes(code);
}

/**
 * How often the same failure may come in a row. Two writers cause them: an object is there already, or no longer; a
 * transaction lost; a token is older than the realm.
 */
const RETRIES: Partial<Record<ErrorCode, number>> = {
  KEYCLOAK_REJECTED: 3,
  KEYCLOAK_FAILED: 3,
  REALM_DIFFERS: 3,
  ACCESS_DENIED: 1,
};

function gaveUp(error: CodemieError, waitMs: number): CodemieError {
  return error.with({ message: `Keycloak was not ready within ${formatSpan(waitMs)}: ${error.message}` });
}
