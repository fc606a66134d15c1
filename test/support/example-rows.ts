import { EXAMPLE_VARIABLES } from './example-variables.ts';
import type { Json } from './realm-cli.ts';
import type { RealmRows } from './realm-rows.ts';

const HERE = {
  frontends: ['http://localhost:3333/*', 'http://localhost:3334/*'],
  openwebui: 'http://localhost:8080',
  dagster: 'http://localhost:3000',
  datalake: 'http://localhost:8888',
  attu: 'http://localhost:8001',
  backup: 'http://localhost:3004',
  langfuse: 'http://localhost:6006',
  frames: 'http://localhost:*',
};
const DEPLOYED = {
  frontends: ['https://hub.example/*', 'https://sysadmin.hub.example/*'],
  openwebui: 'https://openwebui.hub.example',
  dagster: 'https://dagster.hub.example',
  datalake: 'https://datalake.hub.example',
  attu: 'https://attu.hub.example',
  backup: 'https://backup.hub.example',
  langfuse: 'https://langfuse.hub.example',
  frames: 'https://hub.example https://*.hub.example',
};

/** What the example realm has to be, row by row, whichever way it reached the server. */
export function exampleRows(stage: string): RealmRows {
  const at = stage === 'dev' ? HERE : DEPLOYED;
  const proxy = (address: string, secret: string): Json =>
    browserClient({ redirectUris: [`${address}/*`], secret });
  return {
    settings: {
      enabled: true,
      displayName: 'Swiss AI-Hub',
      displayNameHtml: '<strong>Swiss AI-Hub</strong>',
      loginTheme: 'aihub',
      accountTheme: 'keycloak.v3',
      adminTheme: 'keycloak.v2',
      emailTheme: 'keycloak',
      sslRequired: stage === 'dev' ? 'none' : 'external',
      registrationAllowed: false,
      registrationEmailAsUsername: true,
      loginWithEmailAllowed: true,
      duplicateEmailsAllowed: false,
      editUsernameAllowed: false,
      verifyEmail: false,
      resetPasswordAllowed: true,
      rememberMe: true,
      bruteForceProtected: true,
      ssoSessionIdleTimeout: 432_000,
      ssoSessionMaxLifespan: 2_592_000,
      accessTokenLifespan: 3600,
      browserFlow: 'browser-aihub',
      resetCredentialsFlow: 'reset-credentials-aihub',
      directGrantFlow: 'direct-grant-aihub',
      smtpServer: {},
      browserSecurityHeaders: {
        contentSecurityPolicyReportOnly: '',
        xContentTypeOptions: 'nosniff',
        referrerPolicy: 'no-referrer',
        xRobotsTag: 'none',
        xFrameOptions: '',
        contentSecurityPolicy: `frame-src 'self'; frame-ancestors 'self' ${at.frames}; object-src 'none';`,
        strictTransportSecurity: 'max-age=31536000; includeSubDomains',
      },
      eventsEnabled: true,
      eventsListeners: ['jboss-logging'],
      enabledEventTypes: [
        'CODE_TO_TOKEN',
        'CODE_TO_TOKEN_ERROR',
        'LOGIN',
        'LOGIN_ERROR',
        'LOGOUT',
        'LOGOUT_ERROR',
      ],
      adminEventsEnabled: true,
      adminEventsDetailsEnabled: true,
    },
    roles: ['AIHubAccess', 'AIHubSysAdmin'],
    groups: ['/tenants/acme'],
    defaultGroups: ['/tenants/acme'],
    clients: {
      'aihub-frontend': browserClient({
        publicClient: true,
        redirectUris: at.frontends,
        'post.logout.redirect.uris': at.frontends.join('##'),
        defaultClientScopes: ['email', 'openid', 'profile', 'roles', 'tenants'],
        mappers: { audience: 'oidc-audience-mapper' },
      }),
      openwebui: browserClient({
        redirectUris: [`${at.openwebui}/oauth/oidc/callback`],
        'post.logout.redirect.uris': `${at.openwebui}/*`,
        secret: EXAMPLE_VARIABLES.KEYCLOAK_OPENWEBUI_CLIENT_SECRET,
        mappers: { 'email-claim': 'oidc-usermodel-attribute-mapper' },
      }),
      'oauth2-proxy-dagster': proxy(at.dagster, EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_DAGSTER_SECRET),
      'oauth2-proxy-datalake': proxy(at.datalake, EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_DATALAKE_SECRET),
      'oauth2-proxy-attu': proxy(at.attu, EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_ATTU_SECRET),
      'oauth2-proxy-backup': proxy(at.backup, EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_BACKUP_SECRET),
      langfuse: {
        ...proxy(at.langfuse, EXAMPLE_VARIABLES.KEYCLOAK_LANGFUSE_CLIENT_SECRET),
        defaultClientScopes: ['email', 'langfuse-sysadmin-gate', 'openid', 'profile'],
      },
      'aihub-api-service': {
        publicClient: false,
        standardFlowEnabled: false,
        implicitFlowEnabled: false,
        directAccessGrantsEnabled: false,
        serviceAccountsEnabled: true,
        redirectUris: [],
        webOrigins: [],
        secret: EXAMPLE_VARIABLES.KEYCLOAK_API_SERVICE_CLIENT_SECRET,
        defaultClientScopes: ['acr', 'basic', 'email', 'profile', 'roles', 'service_account', 'web-origins'],
        mappers: {},
      },
    },
    scopes: [
      'acr: acr loa level',
      'basic: auth_time, sub',
      'email*: email, email verified',
      'langfuse-sysadmin-gate: ',
      'offline_access?: ',
      'openid*: audience resolve, sub',
      'profile*: family name, full name, given name, username',
      'roles*: realm roles',
      'service_account: Client Host, Client ID, Client IP Address',
      'tenants*: tenants',
      'web-origins: allowed web origins',
    ],
    defaultScopes: ['acr', 'basic', 'email', 'profile', 'roles', 'web-origins'],
    provider: PROVIDER,
    providerMappers: {
      'email-mapper': attribute('email', 'email'),
      'first-name-mapper': attribute('given_name', 'firstName'),
      'last-name-mapper': attribute('family_name', 'lastName'),
      'username-mapper': {
        type: 'oidc-username-idp-mapper',
        syncMode: 'INHERIT',
        template: `\${CLAIM.preferred_username}`,
        target: 'LOCAL',
      },
      'provider-mapper': {
        type: 'hardcoded-attribute-idp-mapper',
        syncMode: 'INHERIT',
        attribute: 'identity_provider',
        'attribute.value': 'azure-ad',
      },
      'role-mapper-access': role('AIHubAccess'),
      'role-mapper-sysadmin': role('AIHubSysAdmin'),
    },
    flows: FLOWS,
    configs: CONFIGS,
    profile: PROFILE,
  };
}

function browserClient(changes: Json): Json {
  return {
    publicClient: false,
    standardFlowEnabled: true,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: false,
    webOrigins: ['+'],
    defaultClientScopes: ['email', 'openid', 'profile', 'roles'],
    'pkce.code.challenge.method': 'S256',
    'post.logout.redirect.uris': '+',
    mappers: {},
    ...changes,
  };
}

const LOGIN = 'https://login.microsoftonline.com/contoso';
const PROVIDER: Json = {
  alias: 'azure-ad',
  displayName: 'Microsoft Entra ID',
  providerId: 'oidc',
  enabled: true,
  trustEmail: true,
  storeToken: false,
  addReadTokenRoleOnCreate: false,
  linkOnly: false,
  hideOnLogin: false,
  firstBrokerLoginFlowAlias: 'first broker login',
  postBrokerLoginFlowAlias: 'Post Broker Login - AIHubAccess Check',
  config: {
    clientId: 'hub-at-the-company',
    clientSecret: '**********',
    clientAuthMethod: 'client_secret_post',
    issuer: `${LOGIN}/v2.0`,
    authorizationUrl: `${LOGIN}/oauth2/v2.0/authorize`,
    tokenUrl: `${LOGIN}/oauth2/v2.0/token`,
    logoutUrl: `${LOGIN}/oauth2/v2.0/logout`,
    jwksUrl: `${LOGIN}/discovery/v2.0/keys`,
    userInfoUrl: 'https://graph.microsoft.com/oidc/userinfo',
    defaultScope: 'openid email profile',
    validateSignature: 'true',
    useJwksUrl: 'true',
    pkceEnabled: 'true',
    pkceMethod: 'S256',
    syncMode: 'FORCE',
    backchannelSupported: 'false',
  },
};

function attribute(claim: string, name: string): Json {
  return { type: 'oidc-user-attribute-idp-mapper', syncMode: 'INHERIT', claim, 'user.attribute': name };
}

function role(name: string): Json {
  return {
    type: 'oidc-role-idp-mapper',
    syncMode: 'INHERIT',
    claim: 'roles',
    'claim.value': name,
    role: name,
  };
}

const accessGate = (config: string): readonly string[] => [
  `1 ALTERNATIVE 0 ${config}-members`,
  `2 CONDITIONAL 0 ${config}-members-only`,
  `3 REQUIRED 0 conditional-user-role (${config}-role-condition)`,
  '3 REQUIRED 1 allow-access-authenticator',
  `1 ALTERNATIVE 1 ${config}-denied`,
  `2 REQUIRED 0 deny-access-authenticator (${config}-deny-message)`,
];

const langfuseGate = (gate: string): readonly string[] => [
  `1 ALTERNATIVE 0 ${gate}-elsewhere`,
  `2 CONDITIONAL 0 ${gate}-elsewhere-only`,
  `3 REQUIRED 0 conditional-client-scope (${gate}-scope-condition)`,
  '3 REQUIRED 1 allow-access-authenticator',
  `1 ALTERNATIVE 1 ${gate}-sysadmins`,
  `2 CONDITIONAL 0 ${gate}-sysadmins-only`,
  `3 REQUIRED 0 conditional-user-role (${gate}-role-condition)`,
  '3 REQUIRED 1 allow-access-authenticator',
  `1 ALTERNATIVE 2 ${gate}-denied`,
  `2 REQUIRED 0 deny-access-authenticator (${gate}-deny-message)`,
];

const FLOWS = {
  'browser-aihub': [
    '0 REQUIRED 10 browser-aihub-authenticate',
    '1 ALTERNATIVE 10 auth-cookie',
    '1 ALTERNATIVE 25 identity-provider-redirector',
    '1 ALTERNATIVE 30 browser-aihub-forms',
    '2 REQUIRED 10 auth-username-password-form',
    '2 CONDITIONAL 20 browser-aihub-conditional-2fa',
    '3 REQUIRED 10 conditional-user-configured',
    '3 ALTERNATIVE 30 auth-otp-form',
    '2 CONDITIONAL 30 provider-gate-browser',
    '3 REQUIRED 0 conditional-user-attribute (provider-gate-browser-condition)',
    '3 REQUIRED 1 deny-access-authenticator (provider-gate-browser-deny-message)',
    '0 REQUIRED 15 access-gate-browser',
    ...accessGate('aihub-access-browser'),
    '0 REQUIRED 20 langfuse-gate-browser',
    ...langfuseGate('langfuse-gate-browser'),
  ],
  'Post Broker Login - AIHubAccess Check': [
    '0 REQUIRED 0 Deny Access Without AIHubAccess',
    ...accessGate('aihub-access'),
    '0 REQUIRED 1 allow-access-authenticator',
    '0 REQUIRED 2 langfuse-gate-post-broker',
    ...langfuseGate('langfuse-gate-post-broker'),
  ],
  'reset-credentials-aihub': [
    '0 REQUIRED 10 reset-credentials-choose-user',
    '0 REQUIRED 20 reset-credential-email (reset-credentials-aihub-email)',
    '0 REQUIRED 30 reset-password',
    '0 CONDITIONAL 40 reset-credentials-aihub-otp',
    '1 REQUIRED 10 conditional-user-configured',
    '1 REQUIRED 20 reset-otp',
  ],
  'direct-grant-aihub': ['0 REQUIRED 10 deny-access-authenticator (direct-grant-aihub-deny-message)'],
};

const NO_ACCESS = 'You need the role AIHubAccess to sign in. Ask your administrator for it.';
const NO_SYSADMIN = 'Langfuse is for administrators of the platform: you need the role AIHubSysAdmin.';

const CONFIGS: Record<string, Json> = {
  ...Object.fromEntries(
    ['aihub-access-browser', 'aihub-access'].flatMap((config) => [
      [`${config}-role-condition`, { condUserRole: 'AIHubAccess', negate: 'false' }],
      [`${config}-deny-message`, { denyErrorMessage: NO_ACCESS }],
    ]),
  ),
  ...Object.fromEntries(
    ['langfuse-gate-browser', 'langfuse-gate-post-broker'].flatMap((gate) => [
      [`${gate}-scope-condition`, { client_scope: 'langfuse-sysadmin-gate', negate: 'true' }],
      [`${gate}-role-condition`, { condUserRole: 'AIHubSysAdmin', negate: 'false' }],
      [`${gate}-deny-message`, { denyErrorMessage: NO_SYSADMIN }],
    ]),
  ),
  'provider-gate-browser-condition': {
    attribute_name: 'identity_provider',
    attribute_expected_value: 'azure-ad',
    not: 'false',
    regex: 'false',
    include_group_attributes: 'false',
  },
  'provider-gate-browser-deny-message': {
    denyErrorMessage: 'Your account is one of Microsoft Entra ID. Go back and sign in there.',
  },
  'reset-credentials-aihub-email': { 'force-login': 'true' },
  'direct-grant-aihub-deny-message': { denyErrorMessage: 'Sign in with your browser.' },
};

const person = (name: string, validations: Json): Json => ({
  name,
  displayName: `\${${name}}`,
  multivalued: false,
  permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] },
  validations,
});
const REQUIRED = { required: { roles: ['user'] } };
const NAME = { length: { max: 255 }, 'person-name-prohibited-characters': {} };

const PROFILE: Json = {
  unmanagedAttributePolicy: 'ADMIN_EDIT',
  attributes: [
    person('username', {
      length: { min: 3, max: 255 },
      'username-prohibited-characters': {},
      'up-username-not-idn-homograph': {},
    }),
    { ...person('email', { email: {}, length: { max: 255 } }), ...REQUIRED },
    { ...person('firstName', NAME), ...REQUIRED },
    { ...person('lastName', NAME), ...REQUIRED },
    {
      name: 'active_tenant_id',
      displayName: 'Active tenant',
      multivalued: false,
      group: 'user-metadata',
      permissions: { view: ['admin'], edit: ['admin'] },
    },
  ],
  groups: [
    {
      name: 'user-metadata',
      displayHeader: 'User metadata',
      displayDescription: 'Attributes, which refer to user metadata',
    },
  ],
};
