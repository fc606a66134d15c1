import { unknownRole, unknownScope } from '../../findings.ts';
import { CLIENT_SCOPES } from '../../model/fields.ts';
import { textsIn } from '../../model/values.ts';
import {
  clientExists,
  clientRoleExists,
  groupExists,
  providerExists,
  realmRoleExists,
  scopeExists,
} from '../names.ts';
import type { Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** A list of realm roles, or an object with lists of roles by client, wherever files name roles. */
function* roleReferences(realm: LintRealm): Iterable<{ readonly realm: Place; readonly clients?: Place }> {
  for (const roles of realm.all('roles')) {
    const lists = [roles.at('realm'), ...roles.at('client').members.map(([, list]) => list)];
    for (const role of lists.flatMap((list) => list.objects)) {
      const composites = role.at('composites');
      yield { realm: composites.at('realm'), clients: composites.at('client') };
    }
  }
  for (const user of realm.list('users'))
    yield { realm: user.at('realmRoles'), clients: user.at('clientRoles') };
  for (const group of allGroups(realm.list('groups')))
    yield { realm: group.at('realmRoles'), clients: group.at('clientRoles') };
  for (const mapping of realm.list('scopeMappings')) yield { realm: mapping.at('roles') };
}

export function allGroups(groups: readonly Place[]): readonly Place[] {
  return groups.flatMap((group) => [group, ...allGroups(group.at('subGroups').objects)]);
}

/** Roles by client, with the place of each. */
function* clientRoles(realm: LintRealm): Iterable<{ readonly client: string; readonly roles: Place }> {
  for (const { clients } of roleReferences(realm))
    for (const [client, roles] of clients?.members ?? []) yield { client, roles };
  for (const mappings of realm.all('clientScopeMappings'))
    for (const [client, list] of mappings.members)
      for (const mapping of list.objects) yield { client, roles: mapping.at('roles') };
}

function* unknownRoles(realm: LintRealm): Iterable<Hit> {
  const exists = realmRoleExists(realm);
  const clientRole = clientRoleExists(realm);
  for (const references of roleReferences(realm))
    for (const at of references.realm.items)
      if (at.text !== undefined && !exists(at.text)) yield hit(at, unknownRole(at.text));
  for (const { client, roles } of clientRoles(realm))
    for (const at of roles.items)
      if (at.text !== undefined && !clientRole(client, at.text)) yield missingRole(at, client, at.text);
}

function missingRole(at: Place, client: string, role: string): Hit {
  const { message, advice } = unknownRole(role, client);
  if (role !== 'view-groups' || client !== 'realm-management') return { at, message, advice: advice };
  return {
    at,
    message: `${message} It is a role of "account"; Keycloak would create another one that gives nothing.`,
    advice: 'To read groups, give query-groups and view-users.',
  };
}

function hit(at: Place, { message, advice }: ReturnType<typeof unknownRole>): Hit {
  return { at, message, advice: advice };
}

function* unknownClients(realm: LintRealm): Iterable<Hit> {
  const exists = clientExists(realm);
  const places = [
    ...realm.list('users').map((user) => user.at('serviceAccountClientId')),
    ...[...realm.list('scopeMappings'), ...clientMappings(realm)].map((mapping) => mapping.at('client')),
  ];
  for (const at of places)
    if (at.text !== undefined && !exists(at.text)) yield { at, message: `There is no client "${at.text}".` };
  const maps = [
    ...realm.all('roles').map((roles) => roles.at('client')),
    ...[...roleReferences(realm)].flatMap(({ clients }) => clients ?? []),
    ...realm.all('clientScopeMappings'),
  ];
  for (const [client, at] of maps.flatMap(({ members }) => members))
    if (!exists(client)) yield { at, message: `There is no client "${client}".` };
}

function clientMappings(realm: LintRealm): readonly Place[] {
  return realm
    .all('clientScopeMappings')
    .flatMap(({ members }) => members.flatMap(([, list]) => list.objects));
}

function* unknownScopes(realm: LintRealm): Iterable<Hit> {
  const exists = scopeExists(realm);
  const lists = [
    ...realm.list('clients').flatMap((client) => CLIENT_SCOPES.map((list) => client.at(list))),
    ...realm.all('defaultDefaultClientScopes'),
    ...realm.all('defaultOptionalClientScopes'),
  ];
  for (const list of lists)
    for (const at of list.items)
      if (at.text !== undefined && !exists(at.text))
        yield hit(at, unknownScope(at.text, String(list.path.at(-1))));
}

export const REFERENCE_RULES: readonly Rule[] = [
  {
    id: 'scope-unknown',
    severity: 'error',
    what: 'A client scope that does not exist. Keycloak leaves it out without an error, and tokens lack its claims. A file with `clientScopes` replaces the scopes of a new realm: `profile`, `roles`, `basic` and the others do not exist unless it has them.',
    advice: 'Add the scope to clientScopes, or remove the reference.',
    check: unknownScopes,
  },
  {
    id: 'scope-in-both-lists',
    severity: 'warning',
    what: 'A client scope that is default and optional for one client. Keycloak keeps the default and drops the other without an error.',
    advice: 'Remove it from one of the two lists.',
    *check(realm) {
      for (const client of realm.list('clients')) {
        const defaults = textsIn(client.at('defaultClientScopes').value);
        for (const at of client.at('optionalClientScopes').items)
          if (at.text !== undefined && defaults.includes(at.text))
            yield { at, message: `"${at.text}" is also in defaultClientScopes.` };
      }
    },
  },
  {
    id: 'scopes-replaced',
    severity: 'warning',
    what: 'The file has `clientScopes` without `basic`. Keycloak 25 and later put the claim `sub` into a token with it; a client without `basic` and without a mapper of its own gets tokens without it. Clients that are made later get no scopes at all, unless the file has `defaultDefaultClientScopes`.',
    advice:
      'Add the scopes `basic`, `acr`, `web-origins`, `profile`, `email` and `roles` of a new realm, or leave `clientScopes` out.',
    *check(realm) {
      const exists = scopeExists(realm);
      const [scopes] = realm.all('clientScopes');
      const hasSub = realm
        .list('clientScopes')
        .some((scope) =>
          scope
            .at('protocolMappers')
            .objects.some((one) => one.at('protocolMapper').text === 'oidc-sub-mapper'),
        );
      if (scopes !== undefined && realm.isWhole && !exists('basic') && !hasSub)
        yield {
          at: scopes,
          message: 'These scopes replace those of a new realm, and "basic" is not among them.',
        };
    },
  },
  {
    id: 'role-unknown',
    severity: 'error',
    what: 'A role that does not exist. Keycloak refuses the file with `unknown_error` (composites), or creates an empty role of this name that gives nothing.',
    advice: 'Add it to roles, or correct its name.',
    check: unknownRoles,
  },
  {
    id: 'client-unknown',
    severity: 'error',
    what: 'A client that does not exist, where roles, users or scope mappings name it. Keycloak refuses the file with `unknown_error`.',
    advice: 'Add the client, or correct its clientId.',
    check: unknownClients,
  },
  {
    id: 'group-unknown',
    severity: 'error',
    what: 'A group that does not exist. Keycloak refuses the file with `unknown_error` (users), or leaves it out without an error (default groups).',
    advice: 'Add the group, or correct the path. It starts with a slash and has all groups above.',
    *check(realm) {
      const exists = groupExists(realm);
      const lists = [...realm.all('defaultGroups'), ...realm.list('users').map((user) => user.at('groups'))];
      for (const at of lists.flatMap(({ items }) => items))
        if (at.text !== undefined && !exists(at.text))
          yield { at, message: `There is no group "${at.text}".` };
    },
  },
  {
    id: 'provider-mapper-orphan',
    severity: 'error',
    what: 'A mapper of an identity provider that does not exist. Keycloak stores it, and nobody sees or uses it.',
    advice: 'Correct identityProviderAlias, or remove the mapper.',
    *check(realm) {
      const exists = providerExists(realm);
      for (const mapper of realm.list('identityProviderMappers')) {
        const at = mapper.at('identityProviderAlias');
        if (at.text !== undefined && !exists(at.text))
          yield { at, message: `There is no identity provider "${at.text}".` };
      }
    },
  },
  {
    id: 'default-role-twin',
    severity: 'error',
    what: 'The default role is in the list of roles, and `defaultRole` does not name it. Keycloak creates a second one, `default-roles-<realm>-1`, and gives that one to users.',
    advice: 'Add "defaultRole": {"name": …} with the name of this role.',
    *check(realm) {
      if (!realm.isWhole || realm.all('defaultRole').length > 0) return;
      const names = realm.all('realm').map(({ text }) => `default-roles-${(text ?? '').toLowerCase()}`);
      for (const roles of realm.all('roles'))
        for (const role of roles.at('realm').objects) {
          const at = role.at('name');
          if (at.text !== undefined && names.includes(at.text))
            yield { at, message: `"${at.text}" is not named by defaultRole, so users get another one.` };
        }
    },
  },
];
