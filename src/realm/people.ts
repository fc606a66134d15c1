import type { KeycloakAdmin } from '../keycloak/admin.ts';
import type { RealmObject } from './model/snapshot.ts';
import { type JsonObject, objectsIn, textOf } from './model/values.ts';

/** From here on, reading the names of a realm can be faster than asking for each. */
const MANY = 20;
/** A page of 500 takes about as long as this many questions for one name each. */
const PER_PERSON = 25;

/**
 * @returns those people who have an account on the server, as realm files have them. Only their names: files create
 *   people, and never change them. Other people are read only where a file has a good part of a realm's people.
 */
export async function peopleOn(
  admin: KeycloakAdmin,
  people: readonly RealmObject[],
): Promise<readonly JsonObject[]> {
  const known = await knownNames(admin, people.length);
  const isThere = async (person: RealmObject): Promise<boolean> => {
    // Lists leave out the accounts of clients.
    if (known === undefined || person.id.startsWith('service-account-'))
      return (await idOfPerson(admin, person)) !== undefined;
    return [person.id, textOf(person.fields['email'])].some(
      (name) => name !== undefined && known.has(name.toLowerCase()),
    );
  };
  const found = await Promise.all(people.map(isThere));
  return people.filter((_, index) => found[index]).map(({ id }) => ({ username: id }));
}

/** @returns user names and e-mail addresses of the realm; undefined where asking for `count` people is faster. */
async function knownNames(admin: KeycloakAdmin, count: number): Promise<ReadonlySet<string> | undefined> {
  if (count <= MANY || Number(await admin.get('/users/count')) > count * PER_PERSON) return undefined;
  const users = await admin.getAll('/users?briefRepresentation=true');
  const names = users.flatMap(({ username, email }) => [textOf(username), textOf(email)]);
  return new Set(names.flatMap((name) => name?.toLowerCase() ?? []));
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
