import { type Json, type JsonObject, objectsIn } from '../../system/json.ts';
import type { ClientScopes } from './client-scopes.ts';
import type { Clients } from './clients.ts';
import { addTo, objectOf, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** Names of roles that something has: a service account, or the scope of a client. */
interface Mappings {
  readonly realm: readonly string[];
  /** By clientId. */
  readonly client: Readonly<Record<string, readonly string[]>>;
}

export async function readMappings(source: Source, path: string): Promise<Mappings> {
  const { realmMappings, clientMappings } = await source.object(path);
  const namesIn = (roles: Json | undefined): readonly string[] =>
    objectsIn(roles).map((role) => textOf(role, 'name'));
  return {
    realm: namesIn(realmMappings),
    client: Object.fromEntries(
      Object.entries(objectOf(clientMappings)).map(([clientId, of]) => [
        clientId,
        namesIn(objectOf(of)['mappings']),
      ]),
    ),
  };
}

/**
 * Reads which roles the tokens of a client, or those with a scope, may contain. A client with `fullScopeAllowed` may get
 * all, so Keycloak ignores its list.
 *
 * @param wanted clients whose list to read anyway.
 * @returns `scopeMappings` (realm roles) and `clientScopeMappings` (by the client that has the roles).
 */
export async function readScopeMappings(
  source: Source,
  clients: Clients,
  scopes: ClientScopes,
  wanted: ReadonlySet<string>,
): Promise<JsonObject> {
  const owners = [
    ...clients.list
      .filter((client) => client['fullScopeAllowed'] !== true || wanted.has(textOf(client, 'clientId')))
      .map((client) => ({ owner: { client: textOf(client, 'clientId') }, path: '/clients/', of: client })),
    ...scopes.list.map((scope) => ({
      owner: { clientScope: textOf(scope, 'name') },
      path: '/client-scopes/',
      of: scope,
    })),
  ];
  const found = await Promise.all(
    owners.map(async ({ owner, path, of }) => ({
      owner,
      has: await readMappings(source, `${path}${textOf(of, 'id')}/scope-mappings`),
    })),
  );
  const byClient = new Map<string, JsonObject[]>();
  for (const { owner, has } of found) {
    for (const [clientId, roles] of Object.entries(has.client))
      addTo(byClient, clientId, { ...owner, roles });
  }
  return {
    scopeMappings: found
      .filter(({ has }) => has.realm.length > 0)
      .map(({ owner, has }) => ({ ...owner, roles: has.realm })),
    clientScopeMappings: Object.fromEntries(byClient),
  };
}
