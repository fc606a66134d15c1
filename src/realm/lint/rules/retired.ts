import { ownMember } from '../../../system/json.ts';
import { RENAMED_ACTIONS } from '../../model/built-in.ts';
import { BUILT_IN } from '../known/built-in.ts';
import { isOpen, type Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** Members of a realm that Keycloak still reads and no longer uses, and what to write instead. */
const MEMBERS: Readonly<Record<string, string>> = {
  applications: 'Use clients, with clientId for name.',
  oauthClients: 'Use clients.',
  clientTemplates: 'Use clientScopes.',
  userFederationProviders: 'Use components with org.keycloak.storage.UserStorageProvider.',
  userFederationMappers: 'Use components with org.keycloak.storage.ldap.mappers.LDAPStorageMapper.',
  defaultRoles: 'List these roles in the composites of the default role, and name it with defaultRole.',
  socialProviders: 'Use identityProviders.',
  applicationScopeMappings: 'Use clientScopeMappings.',
};

/** Themes that Keycloak 26 no longer has. */
const THEMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  accountTheme: { keycloak: 'keycloak.v3', 'keycloak.v2': 'keycloak.v3' },
  adminTheme: { keycloak: 'keycloak.v2', rhsso: 'keycloak.v2' },
  loginTheme: { rhsso: 'keycloak.v2' },
};

function* retired(realm: LintRealm): Iterable<Hit> {
  for (const [name, advice] of Object.entries(MEMBERS))
    for (const at of realm.all(name))
      if (at.items.length > 0 || at.members.length > 0)
        yield { at, message: `"${name}" is of old versions of Keycloak.`, advice };
  for (const provider of realm.list('identityProviders')) {
    const at = provider.at('updateProfileFirstLoginMode');
    if (at.isThere)
      yield {
        at,
        message: 'Keycloak no longer reads this; the first broker login flow decides.',
        advice: 'Remove it. The configuration of idp-review-profile has update.profile.on.first.login.',
      };
  }
  for (const flow of realm.list('authenticationFlows'))
    for (const step of flow.at('authenticationExecutions').objects)
      if (step.at('requirement').text === 'OPTIONAL')
        yield {
          at: step.at('requirement'),
          message: 'OPTIONAL is of old versions of Keycloak, which makes a CONDITIONAL sub-flow of it.',
          advice: 'Write a CONDITIONAL sub-flow with conditional-user-configured.',
        };
  for (const [name, themes] of Object.entries(THEMES))
    for (const at of realm.all(name)) {
      const now = ownMember(themes, at.text ?? '');
      if (now !== undefined)
        yield { at, message: `Keycloak 26 has no such theme "${at.text}".`, advice: `Use "${now}".` };
    }
}

/** @returns whether another rule speaks of this theme. */
function isRetiredTheme(at: Place): boolean {
  return ownMember(THEMES[String(at.path[0])] ?? {}, at.text ?? '') !== undefined;
}

function* unknownThemes(realm: LintRealm): Iterable<Hit> {
  for (const purpose of ['login', 'account', 'admin', 'email']) {
    const themes = realm.facts.themes(purpose);
    for (const at of realm.all(`${purpose}Theme`))
      if (at.text !== undefined && !isOpen(at.text) && themes?.has(at.text) === false && !isRetiredTheme(at))
        yield {
          at,
          message: realm.facts.isServer
            ? `The server has no ${purpose} theme "${at.text}", and would show its own pages.`
            : `Keycloak has no ${purpose} theme "${at.text}" of its own.`,
        };
  }
}

function* actions(realm: LintRealm): Iterable<Hit> {
  const known = realm.facts.providers('required-action');
  for (const action of realm.list('requiredActions')) {
    const at = action.at('alias');
    const provider = action.at('providerId').text ?? at.text;
    if (at.text === undefined || provider === undefined || isOpen(provider)) continue;
    const renamed = ownMember(RENAMED_ACTIONS, at.text);
    if (known?.has(provider) !== false && renamed === undefined) continue;
    yield {
      at,
      message: `Keycloak 26 has no required action "${at.text}" of its own.`,
      ...(renamed === undefined ? {} : { advice: `Rename it to ${renamed}, in alias and providerId.` }),
    };
  }
}

export const RETIRED_RULES: readonly Rule[] = [
  {
    id: 'name-retired',
    severity: 'warning',
    what: 'A member, a value or a theme of old versions of Keycloak, which Keycloak 26 ignores or turns into something else.',
    advice: 'Use what came in its place.',
    check: retired,
  },
  {
    id: 'required-action-unknown',
    severity: 'warning',
    what: 'A required action that Keycloak 26 does not have. It renames some at import, and keeps others although nothing does them.',
    advice: 'Remove it, or install its provider.',
    check: actions,
  },
  {
    id: 'required-action-off',
    severity: 'warning',
    what: 'A required action is given to every new user (`defaultAction`), but is not enabled. Nobody has to do it.',
    advice: 'Set enabled to true, or defaultAction to false.',
    *check(realm) {
      for (const action of realm.list('requiredActions')) {
        const at = action.at('defaultAction');
        if (at.isTrue && action.at('enabled').value === false)
          yield { at, message: `The default action "${action.at('alias').text}" is not enabled.` };
      }
    },
  },
  {
    id: 'theme-unknown',
    severity: 'warning',
    what: 'A theme that Keycloak does not have by itself, or, with --server, that the server does not have. Where it is missing, Keycloak shows its own pages.',
    advice: 'Mount the theme into the folder "themes" of the server, or correct the name.',
    check: unknownThemes,
  },
  {
    id: 'flow-called-built-in',
    severity: 'warning',
    what: "A flow that is not one of Keycloak's own says `builtIn: true`. Keycloak takes it, and then nobody can delete it or change its steps.",
    advice: 'Set builtIn to false.',
    *check(realm) {
      for (const flow of realm.list('authenticationFlows')) {
        const alias = flow.at('alias').text;
        if (flow.at('builtIn').isTrue && alias !== undefined && !isKeycloaks(alias))
          yield { at: flow.at('builtIn'), message: `"${alias}" is not a flow of Keycloak itself.` };
      }
    },
  },
];

/** Flows of Keycloak itself, of any version. */
function isKeycloaks(alias: string): boolean {
  const all: readonly string[] = [...BUILT_IN.flows, ...BUILT_IN.subFlows, ...BUILT_IN.retiredFlows];
  return all.includes(alias);
}
