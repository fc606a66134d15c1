import { without } from '../../system/json.ts';
import { MANAGEMENT, SERVER_SCOPES, UMA_ROLE } from './built-in.ts';
import { CLIENT_SCOPES, REALM_SCOPES } from './fields.ts';
import type { RealmObject, Snapshot } from './snapshot.ts';
import { isList, isObject, type Json, type JsonObject, objectsIn, textOf, textsIn } from './values.ts';

/** The fields of one object that can be compared: as files want them, and as a server has them. */
export interface Comparable {
  readonly wanted: JsonObject;
  readonly actual: JsonObject;
}

/** Takes out of two objects what Keycloak adds, drops or computes by itself, and what differs because of that alone. */
export type Tolerance = (wanted: RealmObject, actual: RealmObject) => Comparable;

export function toleranceOf(files: Snapshot, server: Snapshot): Tolerance {
  const mentioned = scopesIn(files);
  const protocolOf = (scope: string): string | undefined => {
    const known = files.get('client-scope', scope) ?? server.get('client-scope', scope);
    return textOf(known?.fields['protocol']);
  };
  return (wanted, actual) => {
    if (wanted.type === 'realm') return realm(wanted.fields, actual.fields, mentioned);
    if (wanted.type === 'client-role' && wanted.id === `${MANAGEMENT}/realm-admin`)
      return { wanted: wanted.fields, actual: withoutNewer(wanted, actual.fields) };
    if (wanted.type === 'client') {
      const fields = without(wanted.fields, wanted.id === MANAGEMENT ? INERT : []);
      return client(fields, actual.fields, mentioned, protocolOf);
    }
    if (wanted.type === 'service-account')
      return { wanted: wanted.fields, actual: withoutUma(wanted, actual.fields) };
    return { wanted: wanted.fields, actual: actual.fields };
  };
}

/** Computed from the policy for one-time passwords. */
const COMPUTED = ['otpSupportedApplications'];

function realm(wanted: JsonObject, actual: JsonObject, mentioned: ReadonlySet<string>): Comparable {
  const { attributes } = wanted;
  // Old files have settings among the attributes, too. Keycloak stores and returns them as settings.
  const kept = isObject(attributes)
    ? {
        attributes: without(
          attributes,
          Object.keys(attributes).filter((name) => name in actual),
        ),
      }
    : {};
  return {
    wanted: { ...without(wanted, COMPUTED), ...kept },
    actual: { ...actual, ...listed(actual, REALM_SCOPES, (scope) => isOurs(scope, mentioned)) },
  };
}

function client(
  wanted: JsonObject,
  actual: JsonObject,
  mentioned: ReadonlySet<string>,
  protocolOf: (scope: string) => string | undefined,
): Comparable {
  const protocol = textOf(wanted['protocol']) ?? textOf(actual['protocol']) ?? 'openid-connect';
  const hasSecret = !['publicClient', 'bearerOnly'].some((kind) => (wanted[kind] ?? actual[kind]) === true);
  return {
    // Keycloak drops the secret of a client that never signs in itself, and scopes of another protocol.
    wanted: {
      ...without(wanted, hasSecret ? [] : ['secret']),
      ...listed(wanted, CLIENT_SCOPES, (scope) => (protocolOf(scope) ?? protocol) === protocol),
    },
    actual: { ...actual, ...listed(actual, CLIENT_SCOPES, (scope) => isOurs(scope, mentioned)) },
  };
}

/** The role that comes with a client's authorization services. */
function withoutUma({ id, fields }: RealmObject, actual: JsonObject): JsonObject {
  const isUma = ({ client, role }: JsonObject): boolean => client === id && role === UMA_ROLE;
  if (objectsIn(fields['roles']).some(isUma)) return actual;
  return { ...actual, roles: objectsIn(actual['roles']).filter((role) => !isUma(role)) };
}

/** Fields without effect on a client that never signs anybody in; newer servers refuse every change of it. */
const INERT = ['name', 'description', 'attributes', ...CLIENT_SCOPES];

/** Roles that a newer server has added to the one that has all of them. */
function withoutNewer({ parent = '', fields }: RealmObject, actual: JsonObject): JsonObject {
  const known = new Set(objectsIn(fields['composites']).map(({ client, role }) => `${client} ${role}`));
  return {
    ...actual,
    composites: objectsIn(actual['composites']).filter(
      ({ client, role }) => client !== parent || known.has(`${client} ${role}`),
    ),
  };
}

/** Keycloak attaches some scopes by itself; where the files know nothing of them, they are no difference. */
function isOurs(scope: string, mentioned: ReadonlySet<string>): boolean {
  return mentioned.has(scope) || !SERVER_SCOPES.includes(scope);
}

function listed(fields: JsonObject, names: readonly string[], keep: (item: string) => boolean): JsonObject {
  const lists = names.flatMap((name): readonly [string, Json][] => {
    const list = fields[name];
    return isList(list) ? [[name, textsIn(list).filter(keep)]] : [];
  });
  return Object.fromEntries(lists);
}

/** @returns names of client scopes that the files mention anywhere. */
function scopesIn(files: Snapshot): ReadonlySet<string> {
  const lists = [
    ...files.of('client').flatMap(({ fields }) => CLIENT_SCOPES.map((name) => fields[name])),
    ...files.of('realm').flatMap(({ fields }) => REALM_SCOPES.map((name) => fields[name])),
  ];
  return new Set([
    ...files.of('client-scope').map(({ id }) => id),
    ...lists.flatMap((list) => textsIn(list)),
  ]);
}

/**
 * Files with client scopes replace those that come with a new realm, and the mappers of those that they list, as in
 * Keycloak's own import. Kept is what clients and the realm name, and what Keycloak attaches by itself.
 *
 * @returns whether a scope, or a mapper `scope/name`, is replaced in this way.
 */
export function scopesReplacedBy(files: Snapshot): (id: string) => boolean {
  const hasScopes = files.of('client-scope').length > 0;
  const kept = new Set([...scopesIn(files), ...SERVER_SCOPES]);
  const mapped = new Set(files.of('client-scope-mapper').map(({ parent }) => parent));
  return (id) => {
    const slash = id.indexOf('/');
    return slash === -1 ? hasScopes && !kept.has(id) : mapped.has(id.slice(0, slash));
  };
}
