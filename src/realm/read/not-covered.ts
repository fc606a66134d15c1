import type { Json, JsonObject } from '../../system/json.ts';
import type { Clients } from './clients.ts';
import { objectOf } from './shape.ts';
import type { Source } from './source.ts';

/** Types that we do not cover: what they are, where they are listed, and in which member of the answer. */
const TYPES: readonly (readonly [type: string, path: string, member?: string])[] = [
  ['client policies', '/client-policies/policies', 'policies'],
  ['client profiles', '/client-policies/profiles', 'profiles'],
  ['languages with texts of their own', '/localization'],
  // Not on older servers.
  ['workflows', '/workflows'],
];

/** Counts what the realm has of the types that we do not cover, except components. */
export async function countNotCovered(
  source: Source,
  realm: JsonObject,
  clients: Clients | undefined,
): Promise<undefined> {
  source.notCovered(
    'authorization settings of clients',
    (clients?.list ?? []).filter((client) => client['authorizationServicesEnabled'] === true).length,
  );
  const count = async ([type, path, member]: (typeof TYPES)[number]): Promise<void> => {
    const body = await source.find(path);
    source.notCovered(type, member === undefined ? countIn(body) : countIn(objectOf(body)[member]));
  };
  // Other realms answer 404.
  const organizations = async (): Promise<void> =>
    realm['organizationsEnabled'] === true
      ? source.notCovered('organizations', (await source.pages('/organizations')).length)
      : undefined;
  await Promise.all([
    ...TYPES.map((row) => source.seen(row[0], [], () => count(row))),
    source.seen('organizations', [], organizations),
  ]);
  return undefined;
}

function countIn(list: Json | undefined): number {
  return Array.isArray(list) ? list.length : 0;
}
