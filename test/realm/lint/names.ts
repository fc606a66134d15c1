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
  realmRoles,
  step,
  subFlow,
  whole,
} from './examples.ts';

const LONG = 'x'.repeat(256);
const SCOPE = { name: 'berth', protocol: 'openid-connect' };
const BASIC = { name: 'basic', protocol: 'openid-connect' };
const own = [flow('own', [step('auth-cookie')])];
const user = (more: Record<string, never> | object) => ({ users: [{ username: 'ada', ...more }] });

export const NAME_EXAMPLES: Examples = {
  'name-twice': [
    pair('clients[1].clientId', [client('a'), client('a')], [client('a'), client('b')], { isRefused: true }),
    pair('clientScopes[2].name', [BASIC, SCOPE, SCOPE], [BASIC, SCOPE]),
    pair('identityProviders[1].alias', [provider(), provider()], [provider(), provider({ alias: 'b' })]),
    pair(
      'groups[0].subGroups[1].name',
      [{ name: 'g', subGroups: [{ name: 'a' }, { name: 'a' }] }],
      [{ name: 'g', subGroups: [{ name: 'g' }] }],
      {},
    ),
    {
      bad: whole(realmRoles({ name: 'a' }, { name: 'a' })),
      path: 'roles.realm[1].name',
      good: whole({ roles: { realm: [{ name: 'a' }], client: { account: [{ name: 'a' }] } } }),
    },
    {
      bad: whole(
        clients(
          client('a', { protocolMappers: [mapper('oidc-full-name-mapper'), mapper('oidc-sub-mapper')] }),
        ),
      ),
      path: 'clients[0].protocolMappers[1].name',
      good: whole(
        clients(
          client('a', { protocolMappers: [mapper('oidc-full-name-mapper')] }),
          client('b', { protocolMappers: [mapper('oidc-sub-mapper')] }),
        ),
      ),
    },
    {
      bad: whole({
        ...providers(provider()),
        identityProviderMappers: ['oidc-role-idp-mapper', 'oidc-username-idp-mapper'].map(
          (identityProviderMapper) => ({
            name: 'm',
            identityProviderAlias: 'agency',
            identityProviderMapper,
            config: { syncMode: 'INHERIT' },
          }),
        ),
      }),
      path: 'identityProviderMappers[1].name',
      good: whole({
        ...providers(provider()),
        identityProviderMappers: [
          {
            name: 'm',
            identityProviderAlias: 'agency',
            identityProviderMapper: 'oidc-role-idp-mapper',
            config: { syncMode: 'INHERIT' },
          },
        ],
      }),
    },
  ],
  'text-too-long': [
    {
      bad: whole(clients(client('a', { description: LONG }))),
      path: 'clients[0].description',
      good: whole(clients(client('a', { description: LONG.slice(1) }))),
      isRefused: true,
    },
    ...['clientId', 'name', 'rootUrl'].map((key) => ({
      bad: whole(clients(client('a', { [key]: LONG }))),
      path: `clients[0].${key}`,
      good: whole(clients(client('a', { [key]: LONG.slice(1) }))),
    })),
    {
      bad: whole(clients(client('a', { redirectUris: [LONG] }))),
      path: 'clients[0].redirectUris[0]',
      good: whole(clients(client('a', { redirectUris: [LONG.slice(1)] }))),
    },
    {
      bad: whole(flows([flow('own', [step('auth-cookie')], { description: LONG })])),
      path: 'authenticationFlows[0].description',
      good: whole(flows([flow('own', [step('auth-cookie')], { description: LONG.slice(1) })])),
    },
    {
      bad: whole(realmRoles({ name: 'a', description: LONG })),
      path: 'roles.realm[0].description',
      good: whole(realmRoles({ name: 'a', description: LONG.slice(1) })),
    },
    pair('groups[0].name', [{ name: LONG }], [{ name: LONG.slice(1) }]),
  ],
  'name-slash': [
    {
      bad: flows([flow('a/b', [step('auth-cookie')])]),
      path: 'authenticationFlows[0].alias',
      good: flows([flow('a-b', [step('auth-cookie')])]),
    },
    { bad: { realm: 'a/b' }, path: 'realm', good: { realm: 'a-b' } },
  ],
  ids: [
    { bad: { id: 'f0c1' }, path: 'id', good: { realm: 'acme' } },
    {
      bad: clients(client('a', { id: 'f0c1' }), client('b', { id: 'f0c2' })),
      path: 'clients[0].id',
      good: clients(client('a')),
    },
  ],
  'scope-unknown': [
    {
      bad: whole(clients(client('a', { defaultClientScopes: ['profile', 'nope'] }))),
      path: 'clients[0].defaultClientScopes[1]',
      good: whole(clients(client('a', { defaultClientScopes: ['profile', 'basic'] }))),
    },
    {
      bad: whole({
        clientScopes: [{ ...SCOPE, protocolMappers: [mapper('oidc-sub-mapper')] }],
        ...clients(client('a', { optionalClientScopes: ['berth', 'profile'] })),
      }),
      path: 'clients[0].optionalClientScopes[1]',
      advice: 'Add "profile" to clientScopes, or remove it from optionalClientScopes.',
      // The server may have the scope that a part of a realm names.
      good: {
        clientScopes: [SCOPE],
        ...clients(client('a', { optionalClientScopes: ['berth', 'profile', 'nope'] })),
      },
    },
    pair('defaultDefaultClientScopes[0]', ['nope'], ['profile', `\${SCOPE}`]),
  ],
  'scope-in-both-lists': [
    {
      bad: clients(client('a', { defaultClientScopes: ['email'], optionalClientScopes: ['phone', 'email'] })),
      path: 'clients[0].optionalClientScopes[1]',
      good: clients(client('a', { defaultClientScopes: ['email'], optionalClientScopes: ['phone'] })),
    },
  ],
  'scopes-replaced': [
    pair('clientScopes', [SCOPE], [SCOPE, BASIC]),
    {
      bad: whole({ clientScopes: [SCOPE] }),
      path: 'clientScopes',
      good: whole({ keycloakVersion: '24.0.4', clientScopes: [SCOPE] }),
    },
  ],
  'role-unknown': [
    {
      bad: whole(realmRoles({ name: 'a', composites: { realm: ['nope'] } })),
      path: 'roles.realm[0].composites.realm[0]',
      good: whole(
        realmRoles({
          name: 'a',
          composites: { realm: ['offline_access'], client: { account: ['view-profile'] } },
        }),
      ),
      isRefused: true,
    },
    {
      bad: whole(realmRoles({ name: 'a', composites: { client: { account: ['nope'] } } })),
      path: 'roles.realm[0].composites.client.account[0]',
      good: whole({
        roles: {
          client: { account: [{ name: 'nope' }] },
          realm: [{ name: 'a', composites: { client: { account: ['nope'] } } }],
        },
      }),
    },
    {
      bad: whole(user({ realmRoles: ['default-roles-acme', 'nope'] })),
      path: 'users[0].realmRoles[1]',
      good: user({ realmRoles: ['default-roles-acme', 'nope'] }),
    },
    {
      bad: user({
        serviceAccountClientId: 'robot',
        clientRoles: { 'realm-management': ['query-groups', 'view-groups'] },
      }),
      path: 'users[0].clientRoles["realm-management"][1]'.replace(
        '["realm-management"]',
        '.realm-management',
      ),
      advice: 'give query-groups and view-users',
      good: user({
        serviceAccountClientId: 'robot',
        clientRoles: { 'realm-management': ['query-groups', 'view-users'] },
      }),
    },
    {
      bad: whole({ groups: [{ name: 'g', subGroups: [{ name: 'h', realmRoles: ['nope'] }] }] }),
      path: 'groups[0].subGroups[0].realmRoles[0]',
      good: whole({
        groups: [{ name: 'g', subGroups: [{ name: 'h', realmRoles: ['nope'] }] }],
        ...realmRoles({ name: 'nope' }),
      }),
    },
    {
      bad: whole({ scopeMappings: [{ client: 'account', roles: ['nope'] }] }),
      path: 'scopeMappings[0].roles[0]',
      good: whole({ scopeMappings: [{ client: 'account', roles: ['offline_access'] }] }),
    },
  ],
  'client-unknown': [
    pair(
      'roles.client.nope',
      { client: { nope: [{ name: 'r' }] } },
      { client: { account: [{ name: 'r' }] } },
      { isRefused: true },
    ),
    {
      bad: whole({ users: [{ username: 'service-account-robot', serviceAccountClientId: 'robot' }] }),
      path: 'users[0].serviceAccountClientId',
      good: whole({
        users: [{ username: 'service-account-robot', serviceAccountClientId: 'robot' }],
        ...clients(client('robot', { publicClient: false, serviceAccountsEnabled: true })),
      }),
    },
    {
      bad: whole({ users: [{ username: 'ada', clientRoles: { nope: ['x'] } }] }),
      path: 'users[0].clientRoles.nope',
      good: whole({ users: [{ username: 'ada', clientRoles: { account: ['view-profile'] } }] }),
    },
    pair(
      'scopeMappings[0].client',
      [{ client: 'nope', roles: ['offline_access'] }],
      [{ client: 'account', roles: ['offline_access'] }],
      {},
    ),
  ],
  'group-unknown': [
    {
      bad: whole({
        groups: [{ name: 'tenants', subGroups: [{ name: 'north' }] }],
        users: [{ username: 'ada', groups: ['/tenants/south'] }],
      }),
      path: 'users[0].groups[0]',
      good: whole({
        groups: [{ name: 'tenants', subGroups: [{ name: 'north' }] }],
        users: [{ username: 'ada', groups: ['/tenants/north', '/tenants'] }],
      }),
      isRefused: true,
    },
    {
      bad: whole({ defaultGroups: ['/nope'] }),
      path: 'defaultGroups[0]',
      good: { defaultGroups: ['/nope'] },
    },
  ],
  'provider-mapper-orphan': [
    {
      bad: whole({
        ...providers(provider()),
        identityProviderMappers: [
          { name: 'm', identityProviderAlias: 'nope', identityProviderMapper: 'oidc-role-idp-mapper' },
        ],
      }),
      path: 'identityProviderMappers[0].identityProviderAlias',
      good: whole({
        ...providers(provider()),
        identityProviderMappers: [
          { name: 'm', identityProviderAlias: 'agency', identityProviderMapper: 'oidc-role-idp-mapper' },
        ],
      }),
    },
  ],
  'default-role-twin': [
    {
      bad: whole(realmRoles({ name: 'default-roles-acme' })),
      path: 'roles.realm[0].name',
      good: whole({
        defaultRole: { name: 'default-roles-acme' },
        ...realmRoles({ name: 'default-roles-acme' }),
      }),
    },
    {
      bad: whole(realmRoles({ name: 'default-roles-acme' })),
      path: 'roles.realm[0].name',
      good: { realm: 'acme', ...realmRoles({ name: 'default-roles-acme' }) },
    },
  ],
  'provider-http': [
    {
      bad: whole(providers(provider({}, { tokenUrl: 'http://agency.example/token' }))),
      path: 'identityProviders[0].config.tokenUrl',
      good: whole(
        providers(
          provider({}, { tokenUrl: 'http://10.0.0.4/token', issuer: 'http://agency.example', logoutUrl: '' }),
        ),
      ),
      isRefused: true,
    },
    {
      bad: whole({ sslRequired: 'all', ...providers(provider({}, { jwksUrl: 'http://localhost/keys' })) }),
      path: 'identityProviders[0].config.jwksUrl',
      good: whole({
        sslRequired: 'none',
        ...providers(provider({}, { jwksUrl: 'http://agency.example/keys' })),
      }),
    },
    {
      bad: whole(providers(provider({}, { tokenUrl: 'http://agency.example/token' }))),
      path: 'identityProviders[0].config.tokenUrl',
      // What the realm requires is only on the server.
      good: providers(provider({}, { tokenUrl: 'http://agency.example/token' })),
    },
  ],
  'url-malformed': [
    {
      bad: whole(providers(provider({}, { authorizationUrl: 'agency.example/authorize' }))),
      path: 'identityProviders[0].config.authorizationUrl',
      good: whole(providers(provider({}, { authorizationUrl: 'https://agency.example/sign-in' }))),
      isRefused: true,
    },
    {
      bad: whole(clients(client('a', { redirectUris: ['https://a.example/*', 'https://a.example/#top'] }))),
      path: 'clients[0].redirectUris[1]',
      good: whole(
        clients(
          client('a', {
            redirectUris: [
              'https://a.example/*',
              '/*',
              'com.acme.app:/callback',
              'https://*.a.example/x',
              '*',
            ],
          }),
        ),
      ),
    },
    {
      bad: whole(clients(client('a', { redirectUris: ['javascript:alert(1)'] }))),
      path: 'clients[0].redirectUris[0]',
      good: whole(clients(client('a', { rootUrl: `\${authBaseUrl}`, baseUrl: '/realms/acme/account/' }))),
    },
    {
      bad: whole(clients(client('a', { rootUrl: 'ht tp:x' }))),
      path: 'clients[0].rootUrl',
      good: whole(clients(client('a', { rootUrl: 'http://x' }))),
    },
  ],
  'flow-unknown': [
    pair('browserFlow', 'nope', 'browser', { isRefused: true }),
    {
      bad: whole(providers(provider({ postBrokerLoginFlowAlias: 'nope' }))),
      path: 'identityProviders[0].postBrokerLoginFlowAlias',
      good: whole({ ...providers(provider({ postBrokerLoginFlowAlias: 'own' })), ...flows(own) }),
    },
    {
      bad: whole(
        flows([flow('own', [{ flowAlias: 'nope', authenticatorFlow: true, requirement: 'REQUIRED' }])]),
      ),
      path: 'authenticationFlows[0].authenticationExecutions[0].flowAlias',
      good: whole(
        flows([
          flow('own', [{ flowAlias: 'sub', authenticatorFlow: true, requirement: 'REQUIRED' }]),
          subFlow('sub', [step('auth-cookie')]),
        ]),
      ),
    },
    {
      bad: whole(providers(provider({ firstBrokerLoginFlowAlias: 'nope' }))),
      path: 'identityProviders[0].firstBrokerLoginFlowAlias',
      good: providers(provider({ firstBrokerLoginFlowAlias: 'nope' })),
    },
  ],
};
