import type { Ownership } from './model/ownership.ts';
import { type RealmObject, Snapshot } from './model/snapshot.ts';
import { toleranceOf } from './model/tolerance.ts';
import { isObject, textOf, textsIn } from './model/values.ts';

export interface Marked {
  readonly wanted: Snapshot;
  /** Clients that get a scope back. */
  readonly clients: ReadonlySet<string>;
}

/**
 * Flows may tell clients apart by a scope. Where flows are managed and clients are not, a client that lost such a scope still
 * gets it back, because its gate is open without it. The other scopes of the client stay as the server has them.
 */
export function withMarkers(wanted: Snapshot, server: Snapshot, ownership: Ownership): Marked {
  const isOurs =
    ownership.lifecycleOf('authenticationFlows') === 'managed' && ownership.lifecycleOf('clients') === 'seed';
  const markers = isOurs ? markersIn(wanted) : new Set<string>();
  if (markers.size === 0) return { wanted, clients: new Set() };
  const tolerate = toleranceOf(wanted, server);
  const clients = new Set<string>();
  const restored = [...wanted].map((object): RealmObject => {
    const actual = object.type === 'client' ? server.get('client', object.id) : undefined;
    if (actual === undefined) return object;
    const has = tolerate(object, actual).actual;
    const lost = textsIn(object.fields['defaultClientScopes']).filter(
      (scope) => markers.has(scope) && !textsIn(has['defaultClientScopes']).includes(scope),
    );
    if (lost.length === 0) return object;
    clients.add(object.id);
    const lists = {
      defaultClientScopes: [...textsIn(has['defaultClientScopes']), ...lost],
      optionalClientScopes: textsIn(has['optionalClientScopes']).filter((scope) => !lost.includes(scope)),
    };
    return { ...object, fields: { ...object.fields, ...lists } };
  });
  return { wanted: new Snapshot(restored), clients };
}

/** @returns the scopes that conditions of the files look for. */
function markersIn(files: Snapshot): ReadonlySet<string> {
  return new Set(
    files
      .of('authenticator-config')
      .flatMap(({ fields: { config } }) => (isObject(config) ? (textOf(config['client_scope']) ?? []) : [])),
  );
}
