import type { Json, JsonObject } from '../../system/json.ts';
import type { Clients } from './clients.ts';
import { objectOf } from './shape.ts';
import type { Source } from './source.ts';

/** Members of the realm itself that we do not cover. */
export const IN_REALM = ['clientPolicies', 'clientProfiles'] as const;

/** Lists of types that we do not cover. */
const LISTS: readonly (readonly [type: string, path: string])[] = [
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
  source.notCovered('client policies', countIn(objectOf(realm['clientPolicies'])['policies']));
  source.notCovered('client profiles', countIn(objectOf(realm['clientProfiles'])['profiles']));
  // Other realms answer 404.
  const organizations = async (): Promise<void> =>
    realm['organizationsEnabled'] === true
      ? source.notCovered('organizations', (await source.pages('/organizations')).length)
      : undefined;
  await Promise.all([
    ...LISTS.map(([type, path]) =>
      source.seen(type, [], async () => source.notCovered(type, countIn(await source.find(path)))),
    ),
    source.seen('organizations', [], organizations),
  ]);
  return undefined;
}

function countIn(list: Json | undefined): number {
  return Array.isArray(list) ? list.length : 0;
}
