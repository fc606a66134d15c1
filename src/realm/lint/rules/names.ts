import { isOpen, type Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** The names that must differ: a list of objects, and their name. */
type Named = readonly [what: string, list: readonly Place[], key: string];

function* namedLists(root: Place): Iterable<Named> {
  yield ['client', root.at('clients').objects, 'clientId'];
  yield ['client scope', root.at('clientScopes').objects, 'name'];
  yield ['realm role', root.at('roles').at('realm').objects, 'name'];
  for (const [client, roles] of root.at('roles').at('client').members)
    yield [`role of client ${client}`, roles.objects, 'name'];
  yield ['identity provider', root.at('identityProviders').objects, 'alias'];
  yield ['authentication flow', root.at('authenticationFlows').objects, 'alias'];
  yield ['authenticator config', root.at('authenticatorConfig').objects, 'alias'];
  yield ['user', root.at('users').objects, 'username'];
  for (const holder of [...root.at('clients').objects, ...root.at('clientScopes').objects])
    yield ['mapper', holder.at('protocolMappers').objects, 'name'];
  yield* groupLists(root.at('groups').objects);
}

function* groupLists(groups: readonly Place[]): Iterable<Named> {
  yield ['group', groups, 'name'];
  for (const group of groups) yield* groupLists(group.at('subGroups').objects);
}

function* twice([what, list, key]: Named): Iterable<Hit> {
  const seen = new Set<string>();
  for (const object of list) {
    const name = object.at(key);
    if (name.text === undefined) continue;
    if (seen.has(name.text))
      yield { at: name, message: `There is another ${what} "${name.text}" in this file.` };
    seen.add(name.text);
  }
}

function* providerMapperNames(root: Place): Iterable<Hit> {
  const byProvider = new Map<string, Place[]>();
  for (const mapper of root.at('identityProviderMappers').objects) {
    const provider = mapper.at('identityProviderAlias').text ?? '';
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), mapper]);
  }
  for (const [provider, mappers] of byProvider)
    yield* twice([`mapper of provider ${provider}`, mappers, 'name']);
}

/** Most characters in the columns of Keycloak's database. */
const MOST = 255;

/** Texts with a limit, by list. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  clients: ['clientId', 'name', 'description', 'rootUrl', 'baseUrl', 'adminUrl', 'secret'],
  clientScopes: ['name', 'description'],
  identityProviders: ['alias', 'displayName'],
  authenticationFlows: ['alias', 'description'],
  authenticatorConfig: ['alias'],
  users: ['username', 'email', 'firstName', 'lastName'],
};

function* shortTexts(realm: LintRealm): Iterable<Place> {
  for (const [list, keys] of Object.entries(SHORT))
    for (const object of realm.list(list)) for (const key of keys) yield object.at(key);
  for (const client of realm.list('clients'))
    for (const list of ['redirectUris', 'webOrigins']) yield* client.at(list).items;
  for (const roles of realm.all('roles'))
    for (const list of [roles.at('realm'), ...roles.at('client').members.map(([, one]) => one)])
      for (const role of list.objects) yield* [role.at('name'), role.at('description')];
  for (const [, groups] of realm.roots.flatMap((root) => [...groupLists(root.at('groups').objects)]))
    for (const group of groups) yield* [group.at('name'), group.at('description')];
}

/** Names that become a part of a path in the admin API. */
const IN_PATHS: readonly (readonly [list: string, key: string])[] = [
  ['authenticationFlows', 'alias'],
  ['authenticatorConfig', 'alias'],
];

export const NAME_RULES: readonly Rule[] = [
  {
    id: 'name-twice',
    severity: 'error',
    what: 'Two objects of one type with the same name. Keycloak refuses the file (409 "Duplicate resource error", or 500), or only one of the two can be used.',
    advice: 'Rename one of them, or remove it.',
    *check({ roots }) {
      for (const root of roots) {
        for (const list of namedLists(root)) yield* twice(list);
        yield* providerMapperNames(root);
      }
    },
  },
  {
    id: 'text-too-long',
    severity: 'error',
    what: 'A name, a description or an address of more than 255 characters. Keycloak refuses the file with "Database operation failed" or `unknown_error`.',
    advice: 'Shorten it to 255 characters.',
    *check(realm) {
      for (const place of shortTexts(realm)) {
        const length = [...(place.text ?? '')].length;
        if (length > MOST && !isOpen(place.text ?? ''))
          yield { at: place, message: `This text has ${length} characters; Keycloak takes ${MOST}.` };
      }
    },
  },
  {
    id: 'name-slash',
    severity: 'error',
    what: 'A slash in the alias of a flow or of a configuration, or in the name of the realm. The admin API refuses it: "Character \'/\' not allowed."',
    advice: 'Use another character, and correct the references.',
    *check(realm) {
      const names = IN_PATHS.flatMap(([list, key]) => realm.list(list).map((object) => object.at(key)));
      for (const at of [...names, ...realm.all('realm')])
        if (at.text?.includes('/') && !isOpen(at.text)) yield { at, message: `"${at.text}" has a slash.` };
    },
  },
  {
    id: 'ids',
    severity: 'warning',
    what: 'The file has ids. They are unique on the whole server: Keycloak cannot import the file under a second name (409 "Duplicate resource error"). `codemie` ignores them.',
    advice: 'Remove the ids, or write the file with `codemie realm export`.',
    *check({ roots }) {
      for (const root of roots) {
        const [first] = ['clients', 'authenticationFlows', 'clientScopes', 'roles'].flatMap((name) => {
          const list = name === 'roles' ? root.at(name).at('realm') : root.at(name);
          return list.objects.map((object) => object.at('id')).filter(({ isThere }) => isThere);
        });
        const id = root.at('id').isThere ? root.at('id') : first;
        if (id !== undefined)
          yield { at: id, message: 'This file has ids of the server that it comes from.' };
      }
    },
  },
];
