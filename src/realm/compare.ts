import type { KeycloakAdmin } from '../keycloak/admin.ts';
import type { Ownership } from './model/ownership.ts';
import { type JsonObject, objectsIn } from './model/values.ts';
import { peopleOn } from './people.ts';
import { type Plan, planFor } from './plan.ts';
import { readRealm } from './read.ts';
import type { RealmReading } from './reading.ts';

export interface Comparison {
  readonly plan: Plan;
  readonly reading: RealmReading;
}

/** Reads a realm and compares it with files. It writes nothing. */
export async function compareRealm(
  admin: KeycloakAdmin,
  files: readonly JsonObject[],
  ownership: Ownership,
): Promise<Comparison> {
  const [reading, people] = await Promise.all([readRealm(admin), peopleFor(admin, files, ownership)]);
  const { representation } = reading;
  const users = [...objectsIn(representation['users']), ...people];
  const whole = { ...reading, representation: { ...representation, users } };
  return { plan: planFor(admin.realm, files, whole, ownership), reading: whole };
}

async function peopleFor(
  admin: KeycloakAdmin,
  files: readonly JsonObject[],
  ownership: Ownership,
): Promise<readonly JsonObject[]> {
  return ownership.lifecycleOf('users') === 'ignore' ? [] : peopleOn(admin, files);
}
