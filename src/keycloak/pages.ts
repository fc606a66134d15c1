import type { JsonObject } from '../system/json.ts';

/** Larger than Keycloak's own pages (10 or 100), so that most lists need one request. */
const PAGE = 500;

/**
 * Reads a list to its end. An entry that moved to a later page, because another one was created in between, is
 * returned once.
 *
 * @param path of the list, with or without a query.
 */
export async function readPages(
  path: string,
  list: (path: string) => Promise<readonly JsonObject[]>,
): Promise<readonly JsonObject[]> {
  const entries = new Map<unknown, JsonObject>();
  for (let first = 0; ; first += PAGE) {
    const page = await list(`${path}${path.includes('?') ? '&' : '?'}first=${first}&max=${PAGE}`);
    const before = entries.size;
    for (const entry of page) entries.set(entry['id'] ?? entry['internalId'] ?? entry, entry);
    // A server that does not know pages sends the same one for ever.
    if (page.length < PAGE || entries.size === before) return [...entries.values()];
  }
}
