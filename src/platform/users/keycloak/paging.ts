import type { KeycloakAdmin } from '../../../keycloak/admin.ts';
import { type JsonObject, objectsIn } from '../../../system/json.ts';

const PAGE = 500;

/**
 * Of users with their attributes. Keycloak reads those of each user on its own, in time that grows with the page: 1,000
 * users that are not in its cache took 4.5 s in pages of 100, and 10 s in pages of 500.
 */
export const PAGE_OF_USERS = 100;

/**
 * Reads a list to its end, which is an empty page: Keycloak hides entries from a page after it has cut it, so a page may be
 * short in the middle. An entry that moved to the next page, because another one was created before it, comes once.
 *
 * @param path of the list, with or without a query.
 */
export async function* pagesOf(
  admin: KeycloakAdmin,
  path: string,
  size = PAGE,
): AsyncGenerator<readonly JsonObject[]> {
  let known: ReadonlySet<unknown> = new Set();
  for (let first = 0; ; first += size) {
    const query = `${path.includes('?') ? '&' : '?'}first=${first}&max=${size}`;
    const page = objectsIn(await admin.get(`${path}${query}`));
    const fresh = page.filter(({ id }) => !known.has(id));
    // A server that does not know pages sends the same one for ever.
    if (fresh.length === 0) return;
    yield fresh;
    known = new Set(page.map(({ id }) => id));
  }
}

/** The same as one list, for what is never large. */
export async function listOf(admin: KeycloakAdmin, path: string): Promise<readonly JsonObject[]> {
  const all: JsonObject[] = [];
  for await (const page of pagesOf(admin, path)) all.push(...page);
  return all;
}
