import type { KeycloakAdmin } from '../keycloak/admin.ts';
import { objectsOf } from './model/objects.ts';
import { type Json, type JsonObject, objectsIn, textOf } from './model/values.ts';

/**
 * @returns those people of the files who have an account on the server, as realm files have them. Only their names: files
 *   create people, and never change them.
 */
export async function peopleOn(
  admin: KeycloakAdmin,
  files: readonly JsonObject[],
): Promise<readonly JsonObject[]> {
  const names = files.flatMap((file) => objectsOf(file).of('user')).map(({ id }) => id);
  const found = await Promise.all(
    names.map((name) =>
      admin.get(`/users?exact=true&briefRepresentation=true&username=${encodeURIComponent(name)}`),
    ),
  );
  return found.flatMap((users: Json) =>
    objectsIn(users).map((user) => ({ username: textOf(user['username']) ?? '' })),
  );
}
