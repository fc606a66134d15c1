import { flowExists } from '../names.ts';
import { isOpen, type Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** Addresses in the configuration of identity providers that Keycloak checks. */
const URLS = [
  'authorizationUrl',
  'tokenUrl',
  'logoutUrl',
  'userInfoUrl',
  'jwksUrl',
  'tokenIntrospectionUrl',
  'singleSignOnServiceUrl',
  'singleLogoutServiceUrl',
];

function providerUrls(realm: LintRealm): readonly Place[] {
  return realm
    .list('identityProviders')
    .flatMap((provider) => URLS.map((name) => provider.at('config').at(name)))
    .filter(({ text }) => text !== undefined && !isOpen(text));
}

/** A host of the machine itself or of a private network. */
const LOCAL =
  /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[?::1|\[?f[cd][0-9a-f]{2}:|169\.254\.)/i;

function* plainHttp(realm: LintRealm): Iterable<Hit> {
  const [given] = realm.all('sslRequired');
  if (given === undefined && !realm.isWhole) return;
  const required = (given?.text ?? 'external').toLowerCase();
  if (required !== 'external' && required !== 'all') return;
  for (const at of providerUrls(realm)) {
    const url = urlIn(at);
    if (url?.protocol !== 'http:' || (required === 'external' && LOCAL.test(url.hostname))) continue;
    yield { at, message: `This address is plain http, and sslRequired is "${required}".` };
  }
}

function urlIn({ text }: Place): URL | undefined {
  return URL.canParse(text ?? '') ? new URL(text ?? '') : undefined;
}

function* malformed(realm: LintRealm): Iterable<Hit> {
  for (const at of providerUrls(realm))
    if (!/^https?:/i.test(at.text ?? '') || urlIn(at) === undefined)
      yield { at, message: `"${at.text}" is not a web address.` };
  for (const client of realm.list('clients'))
    for (const at of [...client.at('redirectUris').items, client.at('rootUrl'), client.at('baseUrl')]) {
      const text = at.text ?? '';
      if (isOpen(text)) continue;
      if (/^(javascript|data|vbscript):/i.test(text)) yield { at, message: `"${text}" runs code.` };
      else if (at.path.includes('redirectUris') && text.includes('#'))
        yield {
          at,
          message: 'A redirect address has no fragment (#).',
          advice: 'Remove everything from # on.',
        };
      else if (/\s/.test(text) && !text.startsWith('/'))
        yield { at, message: `"${text}" is not an address.` };
    }
}

/** Where files name flows by their alias. */
function bindings(realm: LintRealm): readonly Place[] {
  const names = ['browserFlow', 'registrationFlow', 'directGrantFlow', 'resetCredentialsFlow'];
  const more = ['clientAuthenticationFlow', 'dockerAuthenticationFlow', 'firstBrokerLoginFlow'];
  return [
    ...[...names, ...more].flatMap((name) => realm.all(name)),
    ...realm
      .list('identityProviders')
      .flatMap((provider) => [
        provider.at('firstBrokerLoginFlowAlias'),
        provider.at('postBrokerLoginFlowAlias'),
      ]),
    ...realm
      .list('authenticationFlows')
      .flatMap((flow) => flow.at('authenticationExecutions').objects.map((step) => step.at('flowAlias'))),
  ];
}

export const IDENTITY_RULES: readonly Rule[] = [
  {
    id: 'provider-http',
    severity: 'error',
    what: 'An address of an identity provider is plain http, and `sslRequired` forbids it (`external`, the default, for other networks; `all` for every address). Keycloak refuses the file with `unknown_error`.',
    advice: 'Use https.',
    check: plainHttp,
  },
  {
    id: 'url-malformed',
    severity: 'error',
    what: 'An address of an identity provider or a client that Keycloak cannot use: without a scheme, with spaces, with a fragment, or with `javascript:`. Keycloak refuses the file with `unknown_error`.',
    advice: 'Correct the address.',
    check: malformed,
  },
  {
    id: 'flow-unknown',
    severity: 'error',
    what: 'A flow that does not exist, where the realm, an identity provider or another flow names it. Keycloak refuses the file with `unknown_error`.',
    advice: 'Add the flow to authenticationFlows, or correct the alias.',
    *check(realm) {
      const exists = flowExists(realm);
      for (const at of bindings(realm))
        if (at.text !== undefined && !exists(at.text))
          yield { at, message: `There is no authentication flow "${at.text}".` };
    },
  },
];
