import {
  client,
  clients,
  type Examples,
  flow,
  flows,
  mapper,
  pair,
  realmRoles,
  runs,
  STOCK_SERVER,
  step,
  subFlow,
  whole,
} from './examples.ts';

const forms = subFlow('forms', [step('auth-username-password-form')]);
const alternatives = [step('auth-cookie', 'ALTERNATIVE'), runs('forms', 'ALTERNATIVE')];
const gate = subFlow('gate', [
  step('conditional-user-role', 'REQUIRED', 'role'),
  step('deny-access-authenticator'),
]);
const ROLE = { role: { condUserRole: 'offline_access', negate: 'true' } };
/** Nothing is bound to this flow, so that no way to sign in has to have the gate. */
const gated = (
  configs: Parameters<typeof flows>[1],
  condition = step('conditional-user-role', 'REQUIRED', 'role'),
) =>
  whole(
    flows(
      [
        flow('own', [runs('gate', 'CONDITIONAL')]),
        subFlow('gate', [condition, step('deny-access-authenticator')]),
      ],
      configs,
    ),
  );
const deny = (config: Record<string, string>) =>
  flows([flow('own', [step('deny-access-authenticator', 'REQUIRED', 'no')])], { no: config });

export const FLOW_EXAMPLES: Examples = {
  'flow-mixed': [
    {
      bad: whole(flows([flow('own', [...alternatives, runs('gate', 'CONDITIONAL')]), forms, gate], ROLE)),
      path: 'authenticationFlows[0].authenticationExecutions[2]',
      advice: 'leave "gate" beside it',
      good: whole(
        flows(
          [
            flow('own', [runs('sign-in'), runs('gate', 'CONDITIONAL')]),
            subFlow('sign-in', alternatives),
            forms,
            gate,
          ],
          ROLE,
        ),
      ),
    },
    {
      bad: flows([flow('own', [step('auth-cookie', 'ALTERNATIVE'), step('auth-username-password-form')])]),
      path: 'authenticationFlows[0].authenticationExecutions[1]',
      // A condition, and what is disabled, count for nothing.
      good: flows([
        flow('own', [
          step('auth-otp-form', 'ALTERNATIVE'),
          step('conditional-user-configured'),
          step('auth-spnego', 'DISABLED'),
        ]),
      ]),
    },
  ],
  'flow-empty': [
    {
      bad: whole({ browserFlow: 'own', ...flows([flow('own', [step('auth-cookie', 'DISABLED')])]) }),
      path: 'authenticationFlows[0]',
      good: whole({ browserFlow: 'own', ...flows([flow('own', [step('auth-cookie')]), flow('later', [])]) }),
    },
    {
      bad: flows([flow('own', [runs('sub')]), subFlow('sub', [])]),
      path: 'authenticationFlows[1]',
      good: flows([flow('own', [runs('sub', 'DISABLED')]), subFlow('sub', [])]),
    },
  ],
  'flow-condition-missing': [
    {
      bad: flows([
        flow('own', [runs('gate', 'CONDITIONAL')]),
        subFlow('gate', [step('deny-access-authenticator')]),
      ]),
      path: 'authenticationFlows[1]',
      good: flows([flow('own', [runs('gate', 'CONDITIONAL')]), gate], ROLE),
    },
  ],
  'flow-loop': [
    {
      bad: flows([flow('own', [runs('own')])]),
      path: 'authenticationFlows[0]',
      good: flows([flow('own', [runs('sub'), step('auth-cookie')]), subFlow('sub', [step('auth-cookie')])]),
    },
  ],
  'priority-equal': [
    {
      bad: flows([
        flow('own', [
          { ...step('auth-cookie'), priority: 0 },
          { ...step('auth-spnego'), priority: 0 },
        ]),
      ]),
      path: 'authenticationFlows[0].authenticationExecutions[1]',
      good: flows([{ alias: 'own', authenticationExecutions: [step('auth-cookie'), step('auth-spnego')] }]),
    },
  ],
  'config-unknown': [
    {
      bad: whole(flows([flow('own', [step('deny-access-authenticator', 'REQUIRED', 'nope')])])),
      path: 'authenticationFlows[0].authenticationExecutions[0].authenticatorConfig',
      good: whole(deny({ denyErrorMessage: 'no' })),
      isRefused: true,
    },
  ],
  'override-unknown': [
    {
      bad: whole(clients(client('a', { authenticationFlowBindingOverrides: { browser: 'nope' } }))),
      path: 'clients[0].authenticationFlowBindingOverrides.browser',
      good: whole(clients(client('a', { authenticationFlowBindingOverrides: {} }))),
      isRefused: true,
    },
    {
      bad: whole(clients(client('a', { authenticationFlowBindingOverrides: { browser: 'nope' } }))),
      path: 'clients[0].authenticationFlowBindingOverrides.browser',
      // The server may have the flow that a part of a realm names.
      good: clients(client('a', { authenticationFlowBindingOverrides: { browser: 'nope' } })),
    },
  ],
  'override-by-alias': [
    {
      bad: whole(clients(client('a', { authenticationFlowBindingOverrides: { browser: 'direct grant' } }))),
      path: 'clients[0].authenticationFlowBindingOverrides.browser',
      good: whole(clients(client('a', { authenticationFlowBindingOverrides: {} }))),
      isRefused: true,
    },
  ],
  'config-key-unknown': [
    {
      bad: deny({ error_message: 'Only captains.' }),
      path: 'authenticatorConfig[0].config.error_message',
      advice: 'Rename it to "denyErrorMessage".',
      good: deny({ denyErrorMessage: 'Only captains.', 'default.reference.value': 'x' }),
    },
    {
      bad: gated({ role: { role: 'offline_access', condUserRole: 'offline_access' } }),
      path: 'authenticatorConfig[0].config.role',
      good: gated({ role: { condUserRole: 'offline_access', negate: 'true' } }),
    },
    {
      bad: flows([flow('own', [step('auth-cookie', 'REQUIRED', 'c')])], { c: { a: 'b' } }),
      path: 'authenticatorConfig[0].config.a',
      advice: 'this authenticator has no configuration',
      good: flows([flow('own', [step('shift-form', 'REQUIRED', 'c')])], { c: { a: 'b' } }),
      facts: { ...STOCK_SERVER, providers: () => undefined },
    },
  ],
  'condition-open': [
    {
      bad: gated({}, step('conditional-user-role')),
      path: 'authenticationFlows[1].authenticationExecutions[0]',
      // The server may have the configuration that a part of a realm names.
      good: flows([flow('own', [runs('gate', 'CONDITIONAL')]), gate]),
    },
    { bad: gated({ role: { negate: 'true' } }), path: 'authenticatorConfig[0]', good: gated(ROLE) },
    {
      bad: gated({ role: { condUserRole: 'captain' } }),
      path: 'authenticatorConfig[0].config.condUserRole',
      advice: 'Add the role',
      good: { ...gated({ role: { condUserRole: 'captain' } }), ...realmRoles({ name: 'captain' }) },
    },
    {
      bad: gated({ role: { condUserRole: 'account.nope' } }),
      path: 'authenticatorConfig[0].config.condUserRole',
      good: gated({ role: { condUserRole: 'account.view-profile' } }),
    },
    {
      bad: gated({ role: { client_scope: 'marker' } }, step('conditional-client-scope', 'REQUIRED', 'role')),
      path: 'authenticatorConfig[0].config.client_scope',
      good: gated({ role: { client_scope: 'email' } }, step('conditional-client-scope', 'REQUIRED', 'role')),
    },
  ],
  'claim-twice': [
    {
      bad: {
        clientScopes: [
          {
            name: 'roles',
            protocolMappers: [
              mapper('oidc-usermodel-realm-role-mapper', { config: { 'claim.name': 'roles' } }),
            ],
          },
        ],
        ...clients(
          client('a', {
            defaultClientScopes: ['roles'],
            protocolMappers: [
              mapper('oidc-usermodel-realm-role-mapper', { config: { 'claim.name': 'roles' } }),
            ],
          }),
        ),
      },
      path: 'clients[0].protocolMappers[0]',
      good: {
        clientScopes: [
          {
            name: 'roles',
            protocolMappers: [
              mapper('oidc-usermodel-realm-role-mapper', { config: { 'claim.name': 'roles' } }),
            ],
          },
        ],
        ...clients(
          client('a', {
            defaultClientScopes: ['roles'],
            protocolMappers: [
              mapper('oidc-usermodel-client-role-mapper', { config: { 'claim.name': 'roles' } }),
            ],
          }),
        ),
      },
    },
  ],
  'secret-mask': [
    {
      bad: clients(client('a', { publicClient: false, secret: '**********' })),
      path: 'clients[0].secret',
      good: clients(client('a', { publicClient: false, secret: `\${A_SECRET}` })),
    },
    pair('smtpServer.password', { host: 'mail', password: '**********' }, { host: 'mail' }),
  ],
  'secret-in-file': [
    {
      bad: clients(client('a', { publicClient: false, secret: 'hunter2' })),
      path: 'clients[0].secret',
      good: clients(
        client('a', { publicClient: false, secret: '', attributes: { 'client.secret.creation.time': '1' } }),
      ),
    },
    {
      bad: { users: [{ username: 'ada', credentials: [{ type: 'password', value: 'hunter2' }] }] },
      path: 'users[0].credentials[0].value',
      good: { users: [{ username: 'ada', credentials: [{ type: 'password', value: `\${PASSWORD}` }] }] },
    },
    {
      bad: { identityProviders: [{ alias: 'p', config: { clientSecret: 'hunter2' } }] },
      path: 'identityProviders[0].config.clientSecret',
      good: {
        authenticatorConfig: [{ alias: 'c', config: { credentials: 'webauthn-passwordless' } }],
        localizationTexts: { en: { password: 'Password' } },
      },
    },
  ],
  'secret-of-public-client': [
    {
      bad: clients(client('a', { secret: 'hunter2' })),
      path: 'clients[0].secret',
      good: clients(client('a')),
    },
    {
      bad: clients(client('a', { secret: '**********' })),
      path: 'clients[0].secret',
      good: clients(client('a')),
    },
  ],
  'name-retired': [
    {
      bad: { defaultRoles: ['extra'] },
      path: 'defaultRoles',
      good: { defaultRoles: [], requiredCredentials: ['password'] },
    },
    {
      bad: { accountTheme: 'keycloak.v2' },
      path: 'accountTheme',
      advice: 'Use "keycloak.v3".',
      good: { adminTheme: 'keycloak.v2' },
    },
    {
      bad: flows([flow('own', [step('auth-otp-form', 'OPTIONAL')])]),
      path: 'authenticationFlows[0].authenticationExecutions[0].requirement',
      good: flows([flow('own', [step('auth-otp-form')])]),
    },
    {
      bad: { identityProviders: [{ alias: 'p', updateProfileFirstLoginMode: 'on' }] },
      path: 'identityProviders[0].updateProfileFirstLoginMode',
      good: { identityProviders: [{ alias: 'p' }] },
    },
  ],
  'required-action-unknown': [
    {
      bad: { requiredActions: [{ alias: 'terms_and_conditions', providerId: 'terms_and_conditions' }] },
      path: 'requiredActions[0].alias',
      advice: 'Rename it to TERMS_AND_CONDITIONS',
      good: { requiredActions: [{ alias: 'TERMS_AND_CONDITIONS', providerId: 'TERMS_AND_CONDITIONS' }] },
    },
    {
      bad: { requiredActions: [{ alias: 'sign-contract' }] },
      path: 'requiredActions[0].alias',
      good: { requiredActions: [{ alias: 'VERIFY_EMAIL' }] },
    },
  ],
  'required-action-off': [
    {
      bad: { requiredActions: [{ alias: 'VERIFY_EMAIL', enabled: false, defaultAction: true }] },
      path: 'requiredActions[0].defaultAction',
      good: { requiredActions: [{ alias: 'VERIFY_EMAIL', enabled: true, defaultAction: true }] },
    },
  ],
  'theme-unknown': [
    {
      bad: { loginTheme: 'harbour' },
      path: 'loginTheme',
      good: { loginTheme: 'keycloak.v2', emailTheme: `\${THEME}` },
    },
    {
      bad: { loginTheme: 'harbour' },
      path: 'loginTheme',
      facts: { ...STOCK_SERVER, themes: () => new Set(['keycloak.v2']) },
      good: { loginTheme: 'keycloak.v2' },
    },
  ],
  'flow-called-built-in': [
    {
      bad: flows([flow('own', [step('auth-cookie')], { builtIn: true })]),
      path: 'authenticationFlows[0].builtIn',
      good: flows([flow('browser', [step('auth-cookie')], { builtIn: true })]),
    },
  ],
};
