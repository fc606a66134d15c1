import type { KeycloakAdmin } from '../../../keycloak/admin.ts';
import { type JsonObject, objectsIn } from '../../../system/json.ts';

/** Keycloak reads pages of this size fastest; its own are 100. */
const PAGE = 500;

/**
 * Reads a list to its end, which is an empty page: Keycloak hides entries from a page after it has cut it, so a page may be
 * short in the middle. An entry that moved to the next page, because another one was created before it, comes once.
 *
 * @param path of the list, with or without a query.
 */
export async function* pagesOf(admin: KeycloakAdmin, path: string): AsyncGenerator<readonly JsonObject[]> {
  let known: ReadonlySet<unknown> = new Set();
  for (let first = 0; ; first += PAGE) {
    const query = `${path.includes('?') ? '&' : '?'}first=${first}&max=${PAGE}`;
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
