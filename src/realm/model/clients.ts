import { without } from '../../system/json.ts';
import { CLIENT_SCOPES, scopeLists } from './fields.ts';
import { flowAliases } from './flows.ts';
import { mapperObjects } from './mappers.ts';
import type { RealmObject } from './snapshot.ts';
import { isObject, type Json, type JsonObject, objectsIn, textOf } from './values.ts';

/** Identity, runtime state, what is an object of its own, and what is not covered or retired. */
const NOT_FIELDS = [
  'id',
  'clientId',
  'protocolMappers',
  'authorizationSettings',
  'authenticationFlowBindingOverrides',
  'notBefore',
  'registeredNodes',
  'registrationAccessToken',
  'access',
  'origin',
  'defaultRoles',
  'useTemplateScope',
  'useTemplateConfig',
  'useTemplateMappers',
  'clientTemplate',
  'surrogateAuthRequired',
];

/** Keycloak sets it for the clients of master that stand for a realm, and takes it from nobody. */
const SERVER_ATTRIBUTES = ['realm_client'];

/** Clients with their mappers. */
export function clientObjects(document: JsonObject): readonly RealmObject[] {
  const aliases = flowAliases(document);
  return [...objectsIn(document['clients']), ...oldClients(document)].flatMap(
    (client): readonly RealmObject[] => {
      const id = textOf(client['clientId']) ?? '';
      const { authenticationFlowBindingOverrides: overrides, attributes } = client;
      const fields: JsonObject = {
        ...without(client, NOT_FIELDS),
        ...(isObject(attributes) ? { attributes: without(attributes, SERVER_ATTRIBUTES) } : {}),
        ...scopeLists(client, CLIENT_SCOPES),
        ...(isObject(overrides) ? { authenticationFlowBindingOverrides: byAlias(overrides, aliases) } : {}),
      };
      return [
        { type: 'client', id, fields },
        ...mapperObjects('client-mapper', id, client['protocolMappers']),
      ];
    },
  );
}

/** `applications` is what the first servers wrote: the name of a client is its id there. */
function oldClients(document: JsonObject): readonly JsonObject[] {
  return objectsIn(document['applications']).map((client) => ({
    ...without(client, ['name']),
    clientId: client['name'] ?? '',
  }));
}

/** Keycloak names a flow by its id here, which differs on each server; files may name it by alias. */
function byAlias(overrides: JsonObject, aliases: ReadonlyMap<string, string>): JsonObject {
  const entries = Object.entries(overrides).map(([binding, flow]): [string, Json] => [
    binding,
    aliases.get(String(flow)) ?? flow,
  ]);
  return Object.fromEntries(entries);
}
