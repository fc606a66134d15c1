import {
  client,
  clients,
  type Examples,
  flow,
  flows,
  mapper,
  pair,
  provider,
  providers,
  STOCK_SERVER,
  step,
  whole,
} from './examples.ts';

const KEYS = 'org.keycloak.keys.KeyProvider';
const WORKFLOWS = 'org.keycloak.models.workflow.WorkflowProvider';
const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';
const withMapper = (type: string) => clients(client('portal', { protocolMappers: [mapper(type)] }));
const profile = (text: string) => ({
  components: {
    [PROFILE]: [{ providerId: 'declarative-user-profile', config: { 'kc.user.profile.config': [text] } }],
  },
});
const PROFILE_TEXT = JSON.stringify({
  attributes: [
    { name: 'username', permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] } },
    { name: 'email', permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] } },
  ],
});

export const KEY_EXAMPLES: Examples = {
  'key-unknown': [
    {
      bad: whole({ messageBundles: {} }),
      path: 'messageBundles',
      good: whole({ localizationTexts: {} }),
      isRefused: true,
    },
    {
      bad: whole(clients(client('portal', { redirectUri: 'https://portal.example' }))),
      path: 'clients[0].redirectUri',
      advice: 'Did you mean "redirectUris"?',
      good: whole(clients(client('portal', { redirectUris: ['https://portal.example'] }))),
    },
    {
      bad: { components: { [KEYS]: [{ provider: 'rsa' }] } },
      path: `components["${KEYS}"][0].provider`,
      good: { codemie: { delete: { roles: '*' } }, components: { [KEYS]: [{ providerId: 'rsa' }] } },
    },
  ],
  'value-type': [
    pair('accessTokenLifespan', 'an hour', '3600', { isRefused: true }),
    pair('verifyEmail', 'yes', 'TRUE'),
    pair('roles', [], {}),
    {
      bad: whole(clients(client('portal', { redirectUris: 'https://portal.example' }))),
      path: 'clients[0].redirectUris',
      good: whole(
        clients(client('portal', { redirectUris: ['https://portal.example'], attributes: { a: 1 } })),
      ),
    },
    pair('ssoSessionIdleTimeout', true, `\${IDLE:1800}`),
  ],
  'value-unknown': [
    pair('sslRequired', 'sometimes', 'EXTERNAL', { isRefused: true }),
    pair('passwordPolicy', 'length(12) and strong(3)', 'length(12) and notUsername(undefined)'),
    {
      bad: whole(flows([flow('own', [step('auth-cookie', 'required')])])),
      path: 'authenticationFlows[0].authenticationExecutions[0].requirement',
      good: whole(flows([flow('own', [step('auth-cookie', 'REQUIRED')])])),
    },
  ],
  'member-missing': [
    {
      bad: whole(
        clients(
          client('portal', { protocolMappers: [{ name: 'm', protocolMapper: 'oidc-full-name-mapper' }] }),
        ),
      ),
      path: 'clients[0].protocolMappers[0]',
      advice: 'Add "protocol".',
      good: whole(withMapper('oidc-full-name-mapper')),
      isRefused: true,
    },
    {
      bad: whole(flows([{ alias: 'own', topLevel: true, authenticationExecutions: [] }])),
      path: 'authenticationFlows[0]',
      advice: 'Add "providerId".',
      good: whole(flows([flow('own', [])])),
    },
    {
      bad: whole(providers({ alias: 'agency', config: {} })),
      path: 'identityProviders[0]',
      // A part of a realm may change one field of a provider.
      good: providers({ alias: 'agency', config: {} }),
    },
  ],
  'user-profile-broken': [
    {
      bad: whole(profile('{nope')),
      path: `components["${PROFILE}"][0].config["kc.user.profile.config"][0]`,
      good: whole(profile(PROFILE_TEXT)),
      isRefused: true,
    },
    {
      bad: whole(
        profile(PROFILE_TEXT.replace('{"attributes"', '{"unmanagedAttributePolicy":"DISABLED","attributes"')),
      ),
      path: `components["${PROFILE}"][0].config["kc.user.profile.config"][0]`,
      advice: 'Remove unmanagedAttributePolicy',
      good: whole(
        profile(PROFILE_TEXT.replace('{"attributes"', '{"unmanagedAttributePolicy":"ENABLED","attributes"')),
      ),
    },
    {
      bad: whole(profile(PROFILE_TEXT.replace('"email"', '"mail"'))),
      path: `components["${PROFILE}"][0].config["kc.user.profile.config"][0]`,
      advice: 'Add the attribute "email".',
      good: whole(profile(PROFILE_TEXT)),
    },
  ],
  'placeholder-foreign': [
    { ...pair('displayName', '$(env:NAME:-Acme)', `\${NAME:Acme}`), advice: `Write \${NAME}` },
    pair('displayName', '{{ name }}', `\${username}`),
  ],
  'provider-unknown': [
    {
      bad: withMapper('oidc-shift-mapper'),
      path: 'clients[0].protocolMappers[0].protocolMapper',
      good: withMapper('oidc-full-name-mapper'),
    },
    {
      bad: whole(providers(provider({ providerId: 'acme-kubernetes' }))),
      path: 'identityProviders[0].providerId',
      good: whole(providers(provider({ providerId: 'github' }), provider({ alias: 'o' }))),
      isRefused: true,
    },
    {
      bad: whole({ components: { [WORKFLOWS]: [{ name: 'w', providerId: 'default', config: {} }] } }),
      path: `components["${WORKFLOWS}"][0].providerId`,
      good: whole({ components: { [KEYS]: [{ name: 'k', providerId: 'hmac-generated', config: {} }] } }),
    },
    {
      bad: whole(flows([flow('own', [step('registration-profile-action')])])),
      path: 'authenticationFlows[0].authenticationExecutions[0].authenticator',
      advice: 'registration-user-creation does its work',
      // Keycloak removes it from files of such servers.
      good: whole({
        keycloakVersion: '10.0.0',
        ...flows([flow('own', [step('registration-profile-action')])]),
      }),
    },
    pair(
      'clientProfiles.profiles[0].executors[0].executor',
      { profiles: [{ name: 'strict', executors: [{ executor: 'shift-check', configuration: {} }] }] },
      { profiles: [{ name: 'strict', executors: [{ executor: 'pkce-enforcer', configuration: {} }] }] },
    ),
    pair(
      'clientPolicies.policies[0].conditions[0].condition',
      { policies: [{ name: 'all', conditions: [{ condition: 'on-shift', configuration: {} }] }] },
      { policies: [{ name: 'all', conditions: [{ condition: 'any-client', configuration: {} }] }] },
    ),
    pair('eventsListeners[0]', ['kafka'], ['jboss-logging']),
  ],
  'provider-missing': [
    {
      bad: withMapper('oidc-shift-mapper'),
      path: 'clients[0].protocolMappers[0].protocolMapper',
      good: withMapper('oidc-full-name-mapper'),
      facts: STOCK_SERVER,
    },
  ],
};
