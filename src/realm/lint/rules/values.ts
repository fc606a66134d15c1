import { isObject, type Json } from '../../model/values.ts';
import { isOpen, type Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

function* oneOf(
  at: Place,
  known: readonly string[],
  isKnown = (text: string) => known.includes(text),
): Iterable<Hit> {
  if (at.text !== undefined && !isOpen(at.text) && !isKnown(at.text))
    yield { at, message: `"${at.text}" is not a value of this field.`, advice: `Use ${known.join(', ')}.` };
}

const REQUIREMENTS = ['REQUIRED', 'ALTERNATIVE', 'CONDITIONAL', 'DISABLED'];
const SSL = ['external', 'all', 'none'];

function* unknownValues(realm: LintRealm): Iterable<Hit> {
  for (const at of realm.all('sslRequired'))
    yield* oneOf(at, SSL, (text) => SSL.includes(text.toLowerCase()));
  for (const at of realm.all('bruteForceStrategy')) yield* oneOf(at, ['LINEAR', 'MULTIPLE']);
  // OPTIONAL has a rule of its own.
  for (const flow of realm.list('authenticationFlows'))
    for (const step of flow.at('authenticationExecutions').objects)
      yield* oneOf(step.at('requirement'), REQUIREMENTS, (text) =>
        [...REQUIREMENTS, 'OPTIONAL'].includes(text),
      );
  const policies = realm.facts.providers('password-policy');
  for (const at of realm.all('passwordPolicy'))
    for (const policy of (at.text ?? '').split(' and ')) {
      const name = policy.trim().replace(/\(.*$/s, '');
      if (name !== '' && !isOpen(name) && policies?.has(name) === false)
        yield {
          at,
          message: `There is no password policy "${name}".`,
          advice: `Use ${[...policies].join(', ')}.`,
        };
    }
}

/** What files must say of an object that is to be created, by list. */
const NEEDED: readonly (readonly [
  what: string,
  key: string,
  find: (realm: LintRealm) => readonly Place[],
])[] = [
  ['identity provider', 'providerId', (realm) => realm.list('identityProviders')],
  ['authentication flow', 'providerId', (realm) => realm.list('authenticationFlows')],
  ['authentication flow', 'authenticationExecutions', (realm) => realm.list('authenticationFlows')],
  [
    'step of a flow',
    'requirement',
    (realm) =>
      realm.list('authenticationFlows').flatMap((flow) => flow.at('authenticationExecutions').objects),
  ],
  ['client scope', 'name', (realm) => realm.list('clientScopes')],
  ['mapper', 'name', mappers],
  ['mapper', 'protocol', mappers],
  ['mapper', 'protocolMapper', mappers],
  ['identity provider mapper', 'identityProviderAlias', (realm) => realm.list('identityProviderMappers')],
  ['identity provider mapper', 'identityProviderMapper', (realm) => realm.list('identityProviderMappers')],
  [
    'user',
    'username',
    (realm) => realm.list('users').filter((user) => !user.at('serviceAccountClientId').isThere),
  ],
];

function mappers(realm: LintRealm): readonly Place[] {
  return [...realm.list('clients'), ...realm.list('clientScopes')].flatMap(
    (holder) => holder.at('protocolMappers').objects,
  );
}

const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

function* brokenProfiles(realm: LintRealm): Iterable<Hit> {
  for (const components of realm.all('components'))
    for (const component of components.at(PROFILE).objects) {
      const [at] = component.at('config').at('kc.user.profile.config').items;
      if (at?.text === undefined) continue;
      const profile = parsed(at.text);
      const attributes =
        isObject(profile) && Array.isArray(profile['attributes']) ? profile['attributes'] : [];
      const names = attributes.map((one: Json) => (isObject(one) ? one['name'] : undefined));
      if (!isObject(profile)) yield { at, message: 'This text is not a JSON object.' };
      else if (profile['unmanagedAttributePolicy'] === 'DISABLED')
        yield {
          at,
          message: 'Keycloak has no policy DISABLED.',
          advice: 'Remove unmanagedAttributePolicy; it is off by default.',
        };
      else
        for (const needed of ['username', 'email'])
          if (!names.includes(needed))
            yield {
              at,
              message: `The attribute "${needed}" is missing.`,
              advice: `Add the attribute "${needed}".`,
            };
    }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Texts of other tools, which neither Keycloak nor `codemie` replaces. */
const FOREIGN = /\$\((?:env|file|sys|base64|urlEncoder):/;
const FOREIGN_MARKS = [
  ['{{', '}}'],
  ['{%', '%}'],
] as const;

/** @returns the first of them in a text. */
export function foreignIn(text: string): string | undefined {
  const named = FOREIGN.exec(text);
  const found = named === null ? [] : [{ at: named.index, text: named[0] }];
  for (const [open, close] of FOREIGN_MARKS) {
    const at = text.indexOf(open);
    const end = at === -1 ? -1 : text.indexOf(close, at + open.length);
    if (end !== -1) found.push({ at, text: text.slice(at, end + close.length) });
  }
  return found.sort((a, b) => a.at - b.at)[0]?.text;
}

function* foreignTexts(place: Place): Iterable<Hit> {
  if (typeof place.value === 'string') {
    const found = foreignIn(place.value);
    if (found !== undefined)
      yield {
        at: place,
        message: `Nobody replaces "${found.slice(0, 40)}" here; it stays in the text as it is.`,
      };
    return;
  }
  for (const item of place.items) yield* foreignTexts(item);
  for (const [, member] of place.members) yield* foreignTexts(member);
}

export const VALUE_RULES: readonly Rule[] = [
  {
    id: 'value-unknown',
    severity: 'error',
    what: 'A value that does not exist: a requirement of a step, `sslRequired`, a password policy. Keycloak refuses the file with `unknown_error` or "Database operation failed".',
    advice: 'Use one of the values that exist.',
    check: unknownValues,
  },
  {
    id: 'member-missing',
    severity: 'error',
    what: 'An object of a whole realm lacks what Keycloak needs to create it. Keycloak refuses the file with `unknown_error` or 409 "Duplicate resource error".',
    advice: 'Add the member.',
    *check(realm) {
      if (!realm.isWhole) return;
      for (const [what, key, find] of NEEDED)
        for (const object of find(realm))
          if (!object.at(key).isThere)
            yield { at: object, message: `This ${what} has no "${key}".`, advice: `Add "${key}".` };
    },
  },
  {
    id: 'user-profile-broken',
    severity: 'error',
    what: 'The text of the user profile is not JSON, or lacks `username` or `email`, or has the policy `DISABLED`. Keycloak refuses the file.',
    advice: 'Correct the JSON inside the text.',
    check: brokenProfiles,
  },
  {
    id: 'placeholder-foreign',
    severity: 'error',
    what: 'A placeholder of another tool, such as `$(env:NAME)` or `{{ name }}`. Neither Keycloak nor `codemie` replaces it.',
    advice: `Write \${NAME}, or render the template first.`,
    *check({ roots }) {
      for (const root of roots) yield* foreignTexts(root);
    },
  },
];
