import { type Examples, env, variable } from './examples.ts';

const seeds = `extraEnv:
  - name: ENABLE_USER_MANAGEMENT
    value: 'true'
  - name: USER_PROJECT_LIMIT
    value: '3'
`;

export const LIST_EXAMPLES: Examples = {
  'idp-provider-lost': [
    {
      title: 'two variables in a list of their own, as a page shows them',
      bad: { 'api.yaml': seeds },
      good: { 'api.yaml': seeds.replace('extraEnv', 'customEnv') },
      at: 'api.yaml:1',
      says: 'replaces the list of the chart',
      advice: 'codemie platform values enable',
    },
    {
      title: 'a rendered Deployment without it',
      bad: { '-': deployment('codemie-api', ['- {name: API_ROOT_PATH, value: /code-assistant-api}']) },
      good: { '-': deployment('codemie-api', ['- {name: IDP_PROVIDER, value: local}']) },
      at: '-:10',
      says: 'There is no IDP_PROVIDER',
    },
  ],
  'defaults-dropped': [
    {
      title: 'another variable of the chart is lost',
      bad: { 'api.yaml': `${seeds}  - name: IDP_PROVIDER\n    value: keycloak\n` },
      good: {
        'api.yaml': `${seeds}  - name: IDP_PROVIDER\n    value: keycloak\n  - name: ENV\n    value: prod\n`,
      },
      options: {
        chart: {
          extraEnv: [
            { name: 'IDP_PROVIDER', value: 'keycloak' },
            { name: 'ENV', value: 'dev' },
          ],
          customEnv: [],
        },
      },
      at: 'api.yaml:1',
      says: 'drops ENV.',
    },
  ],
  'list-replaced': [
    {
      title: 'a file with secrets replaces the list of the first file',
      bad: {
        'a.yaml': env(...variable('ENV', 'prod'))['api.yaml'] ?? '',
        ...env(...variable('LOG_LEVEL', 'info')),
      },
      good: {
        'a.yaml': env(...variable('ENV', 'prod'))['api.yaml'] ?? '',
        ...env(...variable('LOG_LEVEL', 'info'), ...variable('ENV', 'prod')),
      },
      at: 'api.yaml:1',
      says: 'This list replaces customEnv in a.yaml, and these variables are lost: ENV (line 2).',
    },
    {
      title: 'the limit goes back to three',
      bad: {
        'a.yaml': env(...variable('USER_PROJECT_LIMIT', "'9'"))['api.yaml'] ?? '',
        ...env(...variable('LOG_LEVEL', 'info')),
      },
      good: {
        'a.yaml': env(...variable('USER_PROJECT_LIMIT', "'9'"))['api.yaml'] ?? '',
        'api.yaml': 'replicaCount: 2\ndsPool: {}\n',
      },
      at: 'api.yaml:1',
      says: 'new people may create 3 projects',
    },
  ],
  'name-vanishes': [
    {
      title: 'twice, on the way across 2.27',
      bad: env(...variable('ENV', 'dev'), ...variable('ENV', 'prod')),
      good: env(...variable('ENV', 'prod')),
      options: { chartVersion: '2.26.0', to: '2.42.0' },
      at: 'api.yaml:4',
      says: 'may vanish',
      advice: 'kubectl set env deployment/NAME',
    },
  ],
  'name-twice': [
    {
      title: 'the later one counts',
      bad: env(
        ...variable('TRIGGER_ENGINE_ENABLED', '"false"'),
        ...variable('TRIGGER_ENGINE_ENABLED', '"true"'),
      ),
      good: env(...variable('TRIGGER_ENGINE_ENABLED', '"true"')),
      options: { chartVersion: '2.42.0' },
      at: 'api.yaml:4',
      says: 'also stands in line 2. The one here counts (line 4, true).',
    },
    {
      title: 'in two spellings',
      bad: env(...variable('ENV', 'dev'), ...variable('env', 'prod')),
      good: env(...variable('ENV', 'prod')),
      at: 'api.yaml:4',
      says: 'as ENV, which is the same to the server',
      advice: 'may vanish with the upgrade',
    },
  ],
  'name-overridden': [
    {
      title: 'customEnv over extraEnv',
      bad: {
        'api.yaml': `extraEnv:\n  - {name: IDP_PROVIDER, value: local}\ncustomEnv:\n  - {name: IDP_PROVIDER, value: keycloak}\n`,
      },
      good: { 'api.yaml': 'customEnv:\n  - {name: IDP_PROVIDER, value: keycloak}\n' },
      at: 'api.yaml:4',
      says: 'IDP_PROVIDER also stands in line 2.',
    },
  ],
  'list-shape': [
    {
      title: 'a map',
      bad: { 'api.yaml': 'customEnv:\n  ENV: prod\n' },
      good: { 'api.yaml': 'customEnv: []\n' },
      at: 'api.yaml:1',
      says: 'customEnv is a map',
    },
    {
      title: 'a text',
      bad: { 'api.yaml': 'dsPool:\n  extraEnv: |\n    - name: ENV\n      value: prod\n' },
      good: { 'api.yaml': 'dsPool:\n  extraEnv:\n' },
      at: 'api.yaml:2',
      says: 'dsPool.extraEnv is a text',
    },
  ],
  'entry-without-name': [
    {
      title: 'the name is missing',
      bad: env('- value: prod'),
      good: env(...variable('ENV', 'prod')),
      at: 'api.yaml:2',
      says: 'has no name',
    },
  ],
  'file-broken': [
    {
      title: 'a quote is not closed',
      bad: { 'api.yaml': 'customEnv:\n  - name: "ENV\n' },
      good: { 'api.yaml': 'customEnv:\n  - name: "ENV"\n    value: prod\n' },
      at: 'api.yaml:3',
      says: 'Helm cannot read this file',
    },
  ],
  'key-twice': [
    {
      title: 'two lists of one name',
      bad: { 'api.yaml': 'customEnv:\n  - {name: ENV, value: prod}\nreplicaCount: 1\ncustomEnv: []\n' },
      good: { 'api.yaml': 'customEnv:\n  - {name: ENV, value: prod}\nreplicaCount: 1\n' },
      at: 'api.yaml:4',
      says: 'customEnv also stands in line 1',
    },
    {
      title: 'below another key',
      bad: { 'ui.yaml': 'viteEnv: prod\ningress:\n  host: a\n  host: b\n' },
      good: { 'ui.yaml': 'viteEnv: prod\ningress:\n  host: b\n' },
      at: 'ui.yaml:4',
      says: 'host also stands in line 3',
    },
  ],
  'documents-unused': [
    {
      title: 'a second document',
      bad: { 'api.yaml': 'customEnv: []\n---\n# more\ncustomEnv:\n  - {name: ENV, value: prod}\n' },
      good: { 'api.yaml': '---\ncustomEnv: []\n---\n' },
      at: 'api.yaml:4',
      says: 'drops what starts here',
    },
  ],
  'other-chart': [
    {
      title: 'variables of another program',
      bad: { 'redis.yaml': 'master:\n  extraEnv:\n    - {name: ROOT, value: "1"}\n' },
      good: { 'redis.yaml': 'master:\n  replicas: 1\n  initContainers:\n    - env: []\n' },
      at: 'redis.yaml:2',
      says: "not of the platform's charts",
    },
  ],
  'other-chart-env': [
    {
      title: 'a map',
      bad: { 'redis.yaml': 'master:\n  extraEnv:\n    ROOT: "1"\n' },
      good: { 'redis.yaml': 'master: {}\n' },
      at: 'redis.yaml:2',
      says: 'master.extraEnv is a map',
      also: ['other-chart'],
    },
    {
      title: 'a number',
      bad: { 'redis.yaml': 'env:\n  PORT: &port 80\nport: *port\n' },
      good: { 'redis.yaml': 'port: 80\n' },
      at: 'redis.yaml:1',
      says: 'env.PORT is a number',
      also: ['other-chart'],
    },
  ],
};

export function deployment(
  name: string,
  env: readonly string[],
  more = '',
  labels = 'app.kubernetes.io/name: codemie',
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {${labels}}
spec:
  replicas: 1
  template:
    spec: {containers: [
      {name: codemie,${more} env: [${env.map((line) => line.replace(/^- /, '')).join(', ')}]}]}
`;
}
