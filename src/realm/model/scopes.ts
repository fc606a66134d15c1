import { without } from '../../system/json.ts';
import { scopeName } from './fields.ts';
import { mapperObjects } from './mappers.ts';
import { defaultRoleOf, roleReferences } from './role-names.ts';
import type { RealmObject } from './snapshot.ts';
import { isObject, type JsonObject, objectsIn, textOf, textsIn } from './values.ts';

/** Client scopes with their mappers, and the roles that a client or a scope may hand out. */
export function scopeObjects(document: JsonObject): readonly RealmObject[] {
  const scopes = objectsIn(document['clientScopes']).flatMap((scope): readonly RealmObject[] => {
    const name = scopeName(scope['name']);
    return [
      { type: 'client-scope', id: name, fields: without(scope, ['id', 'name', 'protocolMappers']) },
      ...mapperObjects('client-scope-mapper', name, scope['protocolMappers']),
    ];
  });
  return [...scopes, ...scopeMappings(document)];
}

/** @returns the client or the client scope that the id of a scope mapping stands for. */
export function mappingHolder(id: string): { readonly client?: string; readonly scope?: string } {
  const scope = /^client scope (.*)$/s.exec(id)?.[1];
  return scope === undefined ? { client: id.slice('client '.length) } : { scope };
}

/** `scopeMappings` has roles of the realm, `clientScopeMappings` those of each client; one object per client or scope. */
function scopeMappings(document: JsonObject): readonly RealmObject[] {
  const defaultRole = defaultRoleOf(document);
  const roles = new Map<string, JsonObject[]>();
  const add = (mapping: JsonObject, client?: string): void => {
    const { client: holder, clientScope: scope } = mapping;
    const id = textOf(holder) === undefined ? `client scope ${scopeName(scope)}` : `client ${String(holder)}`;
    const names = textsIn(mapping['roles']);
    const references =
      client === undefined
        ? roleReferences(names, undefined, defaultRole)
        : roleReferences([], { [client]: names }, defaultRole);
    roles.set(id, [...(roles.get(id) ?? []), ...references]);
  };
  for (const mapping of objectsIn(document['scopeMappings'])) add(mapping);
  const { clientScopeMappings: ofClients } = document;
  if (isObject(ofClients))
    for (const [client, mappings] of Object.entries(ofClients))
      for (const mapping of objectsIn(mappings)) add(mapping, client);
  return [...roles].map(([id, references]) => ({ type: 'scope-mapping', id, fields: { roles: references } }));
}
