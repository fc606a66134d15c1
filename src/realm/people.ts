import type { KeycloakAdmin } from '../keycloak/admin.ts';
import type { RealmObject } from './model/snapshot.ts';
import { type JsonObject, objectsIn, textOf } from './model/values.ts';

/**
 * @returns those people who have an account on the server, as realm files have them. Only their names: files create
 *   people, and never change them.
 */
export async function peopleOn(
  admin: KeycloakAdmin,
  people: readonly RealmObject[],
): Promise<readonly JsonObject[]> {
  const found = await Promise.all(people.map((person) => idOfPerson(admin, person)));
  return people.filter((_, index) => found[index] !== undefined).map(({ id }) => ({ username: id }));
}

/** @returns the id of an account with this name, or with this e-mail address: it is the name in some realms. */
export async function idOfPerson(
  admin: KeycloakAdmin,
  { id, fields }: RealmObject,
): Promise<string | undefined> {
  const email = textOf(fields['email']);
  return (
    (await find(admin, 'username', id)) ?? (email === undefined ? undefined : find(admin, 'email', email))
  );
}

async function find(admin: KeycloakAdmin, by: string, value: string): Promise<string | undefined> {
  const query = `exact=true&briefRepresentation=true&${by}=${encodeURIComponent(value)}`;
  const [user] = objectsIn(await admin.get(`/users?${query}`));
  return textOf(user?.['id']);
}
