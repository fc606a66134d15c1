import { type Examples, env, IMPORT, IMPORTING, variable } from './examples.ts';
import { deployment } from './examples-lists.ts';

const ON = env(...variable('ENABLE_USER_MANAGEMENT', "'true'"));
const OFF = env(...variable('LOG_LEVEL', 'info'));
const API = 'api.yaml';
const ui = (...lines: readonly string[]): { 'ui.yaml': string } => ({ 'ui.yaml': `${lines.join('\n')}\n` });
const lines = ({ [API]: text = '' }): string => text;

export const MODE_EXAMPLES: Examples = {
  'workloads-differ': [
    {
      title: 'the ds-pool is Keycloak-managed',
      bad: {
        [API]: `${lines(ON)}dsPool:\n  enabled: true\n  extraEnv:\n    - {name: ENABLE_USER_MANAGEMENT, value: "no"}\n`,
      },
      good: {
        [API]: `${lines(ON)}dsPool:\n  enabled: true\n  extraEnv:\n    - {name: ENABLE_USER_MANAGEMENT, value: "yes"}\n`,
      },
      at: 'api.yaml:7',
      says: 'ENABLE_USER_MANAGEMENT is off in ds-pool and on in the API',
    },
    {
      title: 'a rendered pool signs people in otherwise',
      bad: {
        '-': [
          deployment('codemie', ['- {name: IDP_PROVIDER, value: keycloak}']),
          deployment('codemie-proxy-pool', ['- {name: IDP_PROVIDER, value: oidc}']),
        ].join('---\n'),
      },
      good: {
        '-': [
          deployment('codemie', ['- {name: IDP_PROVIDER, value: keycloak}']),
          deployment('codemie-proxy-pool', ['- {name: IDP_PROVIDER, value: keycloak}']),
        ].join('---\n'),
      },
      at: '-:21',
      says: 'IDP_PROVIDER is oidc in proxy-pool and keycloak in the API',
    },
    {
      title: 'a pool that is off does not matter, one that is on does',
      bad: {
        [API]: `${lines(ON)}proxyPool:\n  enabled: true\n  extraEnv:\n    - {name: IDP_PROVIDER, value: local}\n`,
      },
      good: {
        [API]: `${lines(ON)}proxyPool:\n  enabled: false\n  extraEnv:\n    - {name: IDP_PROVIDER, value: local}\n`,
      },
      at: 'api.yaml:7',
      says: 'IDP_PROVIDER is local in proxy-pool',
    },
  ],
  'ui-differs': [
    {
      title: 'the API is on and the UI is off',
      bad: { ...ON, ...ui('viteEnableUserManagement: false') },
      good: { ...ON, ...ui('viteEnableUserManagement: true') },
      at: 'ui.yaml:1',
      says: 'the UI does not show it',
      advice: 'Write viteEnableUserManagement: true.',
    },
    {
      title: 'the UI is on and the API is off',
      bad: { ...OFF, ...ui('viteEnableUserManagement: "true"') },
      good: { ...OFF, ...ui('viteEnableUserManagement: false') },
      at: 'ui.yaml:1',
      says: 'the API has ENABLE_USER_MANAGEMENT off',
    },
    {
      title: 'the default of an old UI is off',
      bad: { ...ON, ...ui('viteEnv: prod') },
      good: { ...ON, ...ui('viteEnv: prod', 'viteEnableUserManagement: yes') },
      options: { chartVersion: '2.40.0' },
      at: 'ui.yaml:1',
      says: 'the UI does not show it',
    },
    {
      title: 'a new UI asks the platform',
      bad: { ...ON, ...ui('viteEnv: prod', 'extraConfig:', '  VITE_ENABLE_USER_MANAGEMENT: "false"') },
      good: { ...ON, ...ui('viteEnv: prod') },
      at: 'ui.yaml:3',
      says: 'the UI does not show it',
    },
    {
      title: 'extraConfig stands behind the flag of the chart',
      bad: {
        ...ON,
        ...ui('viteEnableUserManagement: true', 'extraConfig:', '  VITE_ENABLE_USER_MANAGEMENT: "false"'),
      },
      good: {
        ...ON,
        ...ui('viteEnableUserManagement: false', 'extraConfig:', '  VITE_ENABLE_USER_MANAGEMENT: "true"'),
      },
      at: 'ui.yaml:3',
      says: 'the UI does not show it',
    },
    {
      title: 'a rendered ConfigMap',
      bad: { ...ON, '-': config('VITE_ENABLE_USER_MANAGEMENT: "false",') },
      good: { ...ON, '-': config('VITE_ENABLE_USER_MANAGEMENT: "true",') },
      at: '-:8',
      says: 'the UI does not show it',
    },
  ],
  'ui-flag-word': [
    ...['"True"', '"yes"', '1', '"1"'].map((word) => ({
      title: `${word} is off for the page`,
      bad: { ...ON, ...ui(`viteEnableUserManagement: ${word}`) },
      good: { ...ON, ...ui('viteEnableUserManagement: on') },
      at: 'ui.yaml:1',
      says: `becomes the text ${/"/.test(word) ? word : `"${word}"`}, which the page takes for off`,
    })),
  ],
  'ui-flag-dead': [
    {
      title: 'from 2.41 on',
      bad: { ...ON, ...ui('viteApiUrl: https://a', 'viteMcpAuthOrigin: https://a') },
      good: { ...ON, ...ui('viteApiUrl: https://a') },
      options: { chartVersion: '2.41.0' },
      at: 'ui.yaml:2',
      says: 'does not read viteMcpAuthOrigin',
    },
    {
      title: 'in extraConfig',
      bad: { ...ON, ...ui('viteEnv: prod', 'extraConfig: {VITE_SHOW_ALL_PROJECTS: "true"}') },
      good: { ...ON, ...ui('viteEnv: prod', 'extraConfig: {VITE_OURS: "true"}') },
      options: { to: '2.44.1' },
      at: 'ui.yaml:2',
      says: 'does not read extraConfig.VITE_SHOW_ALL_PROJECTS',
    },
  ],
  'ui-provider-differs': [
    {
      title: 'the API asks Keycloak and the UI does not',
      bad: { ...ON, ...ui('viteEnableUserManagement: true', 'viteIdpProvider: local') },
      good: { ...ON, ...ui('viteEnableUserManagement: true', 'viteIdpProvider: keycloak') },
      at: 'ui.yaml:2',
      says: 'The UI signs people in with local, and the API with keycloak.',
      advice: 'Write viteIdpProvider: keycloak.',
    },
  ],
  'budgets-without-server': [
    {
      title: 'the API has no budgets',
      bad: { ...ON, ...ui('viteEnableUserManagement: true', 'viteEnableBudgetManagement: true') },
      good: {
        ...env(
          ...variable('ENABLE_USER_MANAGEMENT', "'true'"),
          ...variable('LLM_PROXY_MODE', 'lite_llm'),
          ...variable('LLM_PROXY_BUDGET_CHECK_ENABLED', "'true'"),
        ),
        ...ui('viteEnableUserManagement: true', 'viteEnableBudgetManagement: true'),
      },
      at: 'ui.yaml:2',
      says: 'LLM_PROXY_MODE is not lite_llm and LLM_PROXY_BUDGET_CHECK_ENABLED is off',
    },
    {
      title: 'budgets without user management',
      bad: ui('viteEnableBudgetManagement: true'),
      good: ui('viteEnableBudgetManagement: false'),
      at: 'ui.yaml:1',
      says: 'user management is off',
    },
  ],
  'version-too-old': [
    {
      title: 'before 2.19',
      bad: ON,
      good: OFF,
      options: { chartVersion: '2.18.0' },
      at: 'api.yaml:2',
      says: 'The platform 2.18.0 does not know',
    },
  ],
  'versions-apart': [
    {
      title: 'a new UI with an old API',
      bad: { ...OFF, '-': config('VITE_ENV: "prod",', '2.44.1') },
      good: { ...OFF, '-': config('VITE_ENV: "prod",', '2.40.0') },
      options: { chartVersion: '2.40.0' },
      at: '-:6',
      says: 'The API is 2.40.0, and the UI 2.44.1.',
    },
  ],
  'cookie-not-secure': [
    {
      title: 'local sign-in over https',
      bad: env(
        ...variable('IDP_PROVIDER', 'local'),
        ...variable('ENABLE_USER_MANAGEMENT', "'true'"),
        ...variable('FRONTEND_URL', 'https://platform.harbour.io'),
      ),
      good: env(
        ...variable('IDP_PROVIDER', 'local'),
        ...variable('ENABLE_USER_MANAGEMENT', "'true'"),
        ...variable('FRONTEND_URL', 'https://platform.harbour.io'),
        ...variable('AUTH_COOKIE_SECURE', "'true'"),
      ),
      at: 'api.yaml:1',
      says: 'FRONTEND_URL is https',
    },
  ],
  'switch-left-on': [
    {
      title: 'the reconciliation of budgets',
      bad: env(...variable('LLM_PROXY_BUDGET_RECONCILIATION_ENABLED', "'true'")),
      good: env(...variable('LLM_PROXY_BUDGET_RECONCILIATION_ENABLED', "'false'")),
      at: 'api.yaml:2',
      says: 'runs again at every start',
    },
  ],
  'setting-dead': [
    {
      title: 'a pool that is gone',
      bad: { [API]: `${lines(ON)}opsPool:\n  enabled: false\n` },
      good: ON,
      at: 'api.yaml:5',
      says: 'opsPool does nothing from chart 2.29.1 on',
    },
    {
      title: 'a secret that is gone',
      bad: { [API]: `${lines(ON)}security:\n  processAuthSecret:\n    create: true\n` },
      good: { [API]: `${lines(ON)}security:\n  other: 1\n` },
      options: { chartVersion: '2.35.0' },
      at: 'api.yaml:6',
      says: 'security.processAuthSecret',
    },
    {
      title: 'a variable that no version reads',
      bad: env(...variable('USE_POSTGRES', "'true'")),
      good: env(...variable('POSTGRES_HOST', 'db')),
      at: 'api.yaml:2',
      says: 'No server reads USE_POSTGRES',
    },
    {
      title: 'analytics of the UI',
      bad: ui('viteEnableAnalytics: false'),
      good: ui('viteEnv: prod'),
      at: 'ui.yaml:1',
      says: 'viteEnableAnalytics does nothing',
    },
  ],
  'live-differs': [
    {
      title: 'the platform runs in the other mode',
      bad: ON,
      good: OFF,
      options: { live: { url: 'https://platform.harbour.io', access: 'keycloak', provider: 'keycloak' } },
      at: 'api.yaml:2',
      says: 'https://platform.harbour.io is Keycloak-managed',
    },
    {
      title: 'the platform signs people in otherwise',
      bad: env(...variable('IDP_PROVIDER', 'oidc')),
      good: env(...variable('LOG_LEVEL', 'info')),
      options: { live: { url: 'https://platform.harbour.io', provider: 'keycloak' } },
      at: 'api.yaml:2',
      says: 'has keycloak',
    },
    {
      title: 'the platform is another version',
      bad: {
        '-': deployment(
          'codemie',
          ['- {name: IDP_PROVIDER, value: local}'],
          '',
          'helm.sh/chart: codemie-2.42.0',
        ),
      },
      good: {
        '-': deployment(
          'codemie',
          ['- {name: IDP_PROVIDER, value: local}'],
          '',
          'helm.sh/chart: codemie-0.1.0',
        ),
      },
      options: { live: { url: 'https://platform.harbour.io', version: '2.40.0' } },
      at: '-:10',
      says: 'The files are for 2.42.0',
    },
  ],
  'enterprise-missing': [
    {
      title: 'keycloak without the edition that knows it',
      bad: OFF,
      good: env(...variable('IDP_PROVIDER', 'local')),
      options: { live: { url: 'https://platform.harbour.io', isEnterprise: false } },
      at: 'api.yaml:1',
      says: 'has no enterprise edition',
    },
  ],
  'migration-without-mode': [
    {
      title: 'user management is off',
      bad: env(...IMPORT.map((line, index) => (index === 3 ? line.replace('true', 'false') : line))),
      good: OFF,
      at: 'api.yaml:2',
      says: 'ENABLE_USER_MANAGEMENT is off: nothing would be imported',
      also: IMPORTING,
    },
    {
      title: 'Keycloak signs nobody in',
      bad: env(...IMPORT, ...variable('IDP_PROVIDER', 'entraid-oidc')),
      good: OFF,
      at: 'api.yaml:2',
      says: 'IDP_PROVIDER is entraid-oidc',
      also: IMPORTING,
    },
  ],
  'migration-incomplete': [
    {
      title: 'no realm and no client',
      bad: env(
        ...IMPORT.filter((_, index) => ![6, 7].includes(index)),
        ...variable('KEYCLOAK_ADMIN_REALM', '""'),
      ),
      good: OFF,
      at: 'api.yaml:2',
      says: 'has no KEYCLOAK_ADMIN_REALM.',
      also: IMPORTING,
    },
  ],
  'migration-on': [
    {
      title: 'the import is on',
      bad: env(...IMPORT),
      good: OFF,
      at: 'api.yaml:2',
      says: 'runs again at every start of a pod',
      advice: 'codemie platform values migration-off',
    },
  ],
  'migration-leftovers': [
    {
      title: 'the address stays behind',
      bad: env(
        ...variable('KEYCLOAK_ADMIN_URL', 'https://sso.harbour.io'),
        ...variable('KEYCLOAK_MIGRATION_BATCH_SIZE', "'50'"),
      ),
      good: OFF,
      at: 'api.yaml:2',
      says: 'KEYCLOAK_ADMIN_URL (line 2), KEYCLOAK_MIGRATION_BATCH_SIZE (line 4)',
    },
    {
      title: 'switched off is not removed',
      bad: env(...variable('KEYCLOAK_MIGRATION_ENABLED', "'false'")),
      good: OFF,
      at: 'api.yaml:2',
      says: 'these variables of it are left',
    },
  ],
  'migration-many-pods': [
    ...[
      { more: 'replicaCount: 3', says: '3 replicas' },
      { more: 'hpa: {enabled: true}', says: 'an autoscaler' },
      { more: 'dsPool: {enabled: true}', says: 'ds-pool' },
    ].map(({ more, says }) => ({
      title: more,
      bad: { [API]: `${lines(env(...IMPORT))}${more}\n` },
      good: { [API]: `${lines(OFF)}${more}\n` },
      at: 'api.yaml:2',
      says,
      also: IMPORTING,
    })),
    {
      title: 'a rendered autoscaler',
      bad: { '-': `${deployment('codemie', rendered())}---\n${scaler('codemie')}` },
      good: {
        '-': `${deployment('codemie', ['- {name: IDP_PROVIDER, value: keycloak}'])}---\n${scaler('codemie')}`,
      },
      at: '-:10',
      says: 'an autoscaler',
      also: IMPORTING,
    },
  ],
  'migration-probe': [
    {
      title: 'two minutes',
      bad: { [API]: `${lines(env(...IMPORT))}startupProbe:\n  failureThreshold: 12\n` },
      good: { [API]: `${lines(OFF)}startupProbe:\n  failureThreshold: 12\n` },
      at: 'api.yaml:16',
      says: '120 seconds to start, enough to import about 4200 people',
      also: IMPORTING,
    },
  ],
  'admin-url-wrong': [
    ...[
      ['sso.harbour.io', 'is not an address'],
      ['"https://sso harbour.io"', 'a space'],
      ['https://sso.%%DOMAIN%%', 'a placeholder'],
      ['https://sso.harbour.io/admin/master/console', 'the path /admin'],
      ['https://sso.harbour.io/auth/realms/harbour', 'the path /realms'],
    ].map(([url = '', says = '']) => url_(url, says)),
  ],
  'admin-url-doubtful': [
    ...[
      ['https://sso.harbour.io/', 'ends with a slash'],
      ['https://sso.harbour.io/auth', 'ends with /auth'],
      ['http://sso.harbour.io', 'plain http'],
      ['https://keycloak.example.com', 'the host of an example'],
    ].map(([url = '', says = '']) => url_(url, says)),
  ],
  'admin-realm': [
    {
      title: 'the realm of administrators',
      bad: env(...IMPORT.map((line) => line.replace('value: harbour', 'value: master'))),
      good: OFF,
      at: 'api.yaml:9',
      says: 'the realm master',
      also: IMPORTING,
    },
  ],
};

function url_(url: string, says: string) {
  const of = (value: string) => env(...IMPORT.map((line) => line.replace('https://sso.harbour.io', value)));
  return { title: url, bad: of(url), good: OFF, at: 'api.yaml:7', says, also: IMPORTING };
}

function config(line: string, version = '0.1.0'): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  labels: {helm.sh/chart: codemie-ui-${version}}
data:
  config.js: |
    window._env_ = {
      ${line}
    };
`;
}

function rendered(): readonly string[] {
  return [
    '- {name: IDP_PROVIDER, value: keycloak}',
    '- {name: KEYCLOAK_MIGRATION_ENABLED, value: "true"}',
    '- {name: ENABLE_USER_MANAGEMENT, value: "true"}',
    ...['URL', 'REALM', 'CLIENT_ID', 'CLIENT_SECRET'].map(
      (name) => `- {name: KEYCLOAK_ADMIN_${name}, valueFrom: {secretKeyRef: {name: a, key: b}}}`,
    ),
  ];
}

function scaler(name: string): string {
  return `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {maxReplicas: 4, scaleTargetRef: {name: ${name}}}\n`;
}
