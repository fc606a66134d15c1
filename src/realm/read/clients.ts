import { type JsonObject, objectsIn } from '../../system/json.ts';
import { CLIENT_SCOPES } from '../model/fields.ts';
import type { IdKind } from '../reading.ts';
import { asInFile, objectOf, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** The clients as the server lists them. */
export interface Clients {
  readonly list: readonly JsonObject[];
  /** clientId by id. */
  readonly names: ReadonlyMap<string, string>;
}

export async function listClients(source: Source): Promise<Clients> {
  const list = await source.list('/clients');
  // Every realm has clients. An account with query-clients alone gets an empty list instead of a refusal.
  if (list.length === 0) source.refuse('/clients');
  for (const client of list) source.id('client', [textOf(client, 'clientId')], client['id']);
  return { list, names: new Map(list.map((client) => [textOf(client, 'id'), textOf(client, 'clientId')])) };
}

/** @param flowAliases by id: a client names its own flows by id. */
export function clientsInFile(
  source: Source,
  { list }: Clients,
  flowAliases: ReadonlyMap<string, string> | undefined,
): readonly JsonObject[] {
  return list.map((client) => ({
    ...asInFile(client, 'authorizationSettings'),
    ...inOneOrder(client, CLIENT_SCOPES),
    ...mappersInFile(source, 'client-mapper', textOf(client, 'clientId'), client),
    authenticationFlowBindingOverrides: Object.fromEntries(
      Object.entries(objectOf(client['authenticationFlowBindingOverrides'])).map(([binding, id]) => [
        binding,
        flowAliases?.get(String(id)) ?? id,
      ]),
    ),
  }));
}

/** Keycloak lists these in another order each time; an export must not change by itself. */
function inOneOrder(client: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const list = client[name];
      return Array.isArray(list) ? [[name, list.map(String).sort()]] : [];
    }),
  );
}

/** @returns `protocolMappers`, if the client or scope has any. */
export function mappersInFile(
  source: Source,
  kind: IdKind,
  owner: string,
  { protocolMappers }: JsonObject,
): JsonObject {
  if (protocolMappers === undefined) return {};
  return {
    protocolMappers: objectsIn(protocolMappers).map((mapper) => {
      source.id(kind, [owner, textOf(mapper, 'name')], mapper['id']);
      return asInFile(mapper);
    }),
  };
}
