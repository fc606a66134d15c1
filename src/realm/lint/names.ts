import { ownMember } from '../../system/json.ts';
import { scopeName } from '../model/fields.ts';
import { textsIn } from '../model/values.ts';
import { BUILT_IN, CLIENT_ROLES } from './known/built-in.ts';
import { isOpen, type Place } from './place.ts';
import type { LintRealm } from './rule.ts';

/**
 * Answers whether a name exists. Yes, where nobody knows: a file that is a part of a realm may name what only the server
 * has, and a variable may be anything.
 */
export type Exists = (name: string) => boolean;

function existsIn(realm: LintRealm, names: Iterable<string | undefined>): Exists {
  const known = new Set(names);
  return (name) =>
    !realm.isWhole || isOpen(name) || known.has(name) || [...known].some((one) => isOpen(one ?? ''));
}

export function scopeExists(realm: LintRealm): Exists {
  // A file with scopes replaces those of a new realm.
  const given: readonly string[] =
    realm.all('clientScopes').length > 0 ? ['offline_access'] : BUILT_IN.scopes;
  const { version = Number.POSITIVE_INFINITY } = realm;
  const added = [...(version < 25 ? ['basic'] : []), ...(version < 18 ? ['acr'] : [])];
  const own = realm.list('clientScopes').map((scope) => scopeName(scope.at('name').text));
  const exists = existsIn(realm, [...given, ...added, ...own]);
  return (name) => exists(scopeName(name));
}

export function flowExists(realm: LintRealm): Exists {
  const own = realm.list('authenticationFlows').map((flow) => flow.at('alias').text);
  return existsIn(realm, [...BUILT_IN.flows, ...own]);
}

export function configExists(realm: LintRealm): Exists {
  return existsIn(
    realm,
    realm.list('authenticatorConfig').map((config) => config.at('alias').text),
  );
}

export function clientExists(realm: LintRealm): Exists {
  const own = [
    ...realm.list('clients').map((client) => client.at('clientId').text),
    ...realm.list('applications').map((client) => client.at('name').text),
    ...realm.list('oauthClients').map((client) => client.at('name').text),
  ];
  const exists = existsIn(realm, [...BUILT_IN.clients, ...own]);
  // The master realm has one for each realm.
  return (name) => name.endsWith('-realm') || exists(name);
}

export function providerExists(realm: LintRealm): Exists {
  return existsIn(
    realm,
    realm.list('identityProviders').map((provider) => provider.at('alias').text),
  );
}

export function realmRoleExists(realm: LintRealm): Exists {
  const own = realm
    .all('roles')
    .flatMap((roles) => roles.at('realm').objects.map((role) => role.at('name').text));
  const defaults = realm.roots.flatMap((root) => [
    root.at('defaultRole').at('name').text,
    `default-roles-${(root.at('realm').text ?? '').toLowerCase()}`,
    ...textsIn(root.at('defaultRoles').value),
  ]);
  return existsIn(realm, [...BUILT_IN.roles, ...defaults, ...own]);
}

/** Roles of Keycloak's own clients are known in every file. */
export function clientRoleExists(realm: LintRealm): (client: string, role: string) => boolean {
  const known = clientExists(realm);
  const own = (client: string): readonly (string | undefined)[] =>
    realm.all('roles').flatMap((roles) =>
      roles
        .at('client')
        .at(client)
        .objects.map((role) => role.at('name').text),
    );
  return (client, role) => {
    const builtIn = ownMember(CLIENT_ROLES, client);
    if (isOpen(role) || isOpen(client) || role === 'uma_protection' || own(client).includes(role))
      return true;
    if (builtIn !== undefined) return builtIn.includes(role);
    return (
      !realm.isWhole || !known(client) || client.endsWith('-realm') || hasDefaultRole(realm, client, role)
    );
  };
}

/** `defaultRoles` of a client, in files of old servers, creates these roles. */
function hasDefaultRole(realm: LintRealm, client: string, role: string): boolean {
  const holders: readonly Place[] = [...realm.list('clients'), ...realm.list('applications')];
  return holders.some(
    (holder) =>
      [holder.at('clientId').text, holder.at('name').text].includes(client) &&
      textsIn(holder.at('defaultRoles').value).includes(role),
  );
}

/** @returns whether a path such as `/tenants/north` leads to a group. */
export function groupExists(realm: LintRealm): Exists {
  const paths: string[] = [];
  const collect = (groups: readonly Place[], above: string): void => {
    for (const group of groups) {
      const path = `${above}/${group.at('name').text ?? ''}`;
      paths.push(path);
      collect(group.at('subGroups').objects, path);
    }
  };
  collect(realm.list('groups'), '');
  const exists = existsIn(realm, paths);
  return (path) => exists(path.startsWith('/') ? path : `/${path}`);
}
