import type { KeycloakAdmin } from '../keycloak/admin.ts';
import { CodemieError } from '../system/errors.ts';
import { findingsOfNew } from './findings.ts';
import { type Ownership, untilCreated } from './model/ownership.ts';
import { mappingHolder } from './model/scopes.ts';
import type { Snapshot } from './model/snapshot.ts';
import { scopesReplacedBy } from './model/tolerance.ts';
import { type JsonObject, objectsIn } from './model/values.ts';
import { peopleOn } from './people.ts';
import { mentionedIn, type Plan, planFor } from './plan.ts';
import { missingProviders } from './providers.ts';
import { readRealm } from './read.ts';
import type { RealmReading } from './reading.ts';
import { isUnfinished } from './unfinished.ts';

export interface Comparison {
  readonly plan: Plan;
  readonly reading: RealmReading;
}

/**
 * As {@link compareRealm}, for a realm that need not exist yet: then everything in the files is to be created.
 *
 * @throws KEYCLOAK_REALM where the account that signs in has no realm either.
 */
export async function compareNewRealm(
  admin: KeycloakAdmin,
  files: readonly JsonObject[],
  ownership: Ownership,
): Promise<Comparison & { readonly isNew: boolean }> {
  try {
    return { ...(await compareRealm(admin, files, ownership)), isNew: false };
  } catch (error) {
    const isAbsent = error instanceof CodemieError && error.code === 'KEYCLOAK_REALM';
    if (!isAbsent || admin.loginRealm() === admin.realm) throw error;
    const reading = { ...NOTHING, representation: { realm: admin.realm } };
    const plan = planFor(admin.realm, mentionedIn(files, admin.realm), reading, ownership);
    // What else Keycloak brings along is known when the realm is there.
    const missing = await missingProviders(admin, plan.changes, plan.wanted);
    const findings = [...findingsOfNew(plan.wanted), ...missing];
    return { plan: { ...plan, findings }, reading, isNew: true };
  }
}

const NOTHING = { userProfile: undefined, notCovered: [], unseen: [], ids: new Map<string, string>() };

/**
 * Reads a realm and compares it with files. It writes nothing. In a realm whose creation was interrupted, everything counts
 * as managed.
 */
export async function compareRealm(
  admin: KeycloakAdmin,
  files: readonly JsonObject[],
  ownership: Ownership,
): Promise<Comparison> {
  const mentioned = mentionedIn(files, admin.realm);
  const reading = await readRealm(admin, { scopeMappingsOf: mappedClients(mentioned) });
  const people =
    ownership.lifecycleOf('users') === 'ignore' ? [] : await peopleOn(admin, mentioned.of('user'));
  const { representation } = reading;
  const users = [...objectsIn(representation['users']), ...people];
  const whole = { ...reading, representation: { ...representation, users } };
  const owned = isUnfinished(representation)
    ? untilCreated(ownership, scopesReplacedBy(mentioned))
    : ownership;
  const plan = planFor(admin.realm, mentioned, whole, owned);
  const missing = await missingProviders(admin, plan.changes, plan.wanted);
  return { plan: { ...plan, findings: [...plan.findings, ...missing] }, reading: whole };
}

/** @returns clients for which the files list roles that tokens may contain. */
function mappedClients(mentioned: Snapshot): ReadonlySet<string> {
  const holders = mentioned.of('scope-mapping').map(({ id }) => mappingHolder(id));
  return new Set(holders.flatMap(({ client }) => client ?? []));
}
