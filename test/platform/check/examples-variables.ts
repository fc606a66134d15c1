import { type Examples, env, fromSecret, variable } from './examples.ts';

const secret = (lines: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: codemie-migration-secret\n${lines}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const VARIABLE_EXAMPLES: Examples = {
  'value-not-text': [
    ...['on', 'yes', 'True', 'n', 'off'].map((word) => ({
      title: `${word} without quotes is a boolean to Helm`,
      bad: env(...variable('TRIGGER_ENGINE_ENABLED', word)),
      good: env(...variable('TRIGGER_ENGINE_ENABLED', `"${word}"`)),
      at: 'api.yaml:3',
      says: 'is the boolean',
      advice: `value: "${/^(on|yes|True)$/.test(word) ? 'true' : 'false'}"`,
    })),
    {
      title: 'a number without quotes',
      bad: env(...variable('USER_PROJECT_LIMIT', '3')),
      good: env(...variable('USER_PROJECT_LIMIT', "'3'")),
      at: 'api.yaml:3',
      says: 'the number 3',
      advice: 'Write value: "3".',
    },
    {
      title: 'a number of another base keeps its digits in the advice',
      bad: env(...variable('CODEMIE_SUPPORT', '012')),
      good: env(...variable('CODEMIE_SUPPORT', '"012"')),
      at: 'api.yaml:3',
      says: 'the number 10',
      advice: 'Write value: "012".',
    },
    {
      title: 'a secret of digits is not shown',
      bad: env(...variable('NATS_PASSWORD', '48151623')),
      good: env(...fromSecret('NATS_PASSWORD')),
      at: 'api.yaml:3',
      says: 'is a number or a boolean',
      advice: 'valueFrom',
      also: ['secret-in-file'],
    },
    {
      title: 'a list where a text belongs',
      bad: env('- name: GITHUB_IDENTIFIERS', '  value: [github]'),
      good: env('- name: GITHUB_IDENTIFIERS', `  value: '["github"]'`),
      at: 'api.yaml:3',
      says: 'a map or a list',
    },
  ],
  'value-and-reference': [
    {
      title: 'both',
      bad: env(...fromSecret('REDIS_HOST'), '  value: redis'),
      good: env(...fromSecret('REDIS_HOST'), '  value: ""'),
      at: 'api.yaml:4',
      says: 'REDIS_HOST has value and valueFrom',
    },
  ],
  'boolean-word': [
    ...['" true"', '"true "', '"true\\n"', '""', 'enabled'].map((word) => ({
      title: `${word} keeps the server from starting`,
      bad: env(...variable('MCP_CONNECT_ENABLED', word)),
      good: env(...variable('MCP_CONNECT_ENABLED', '"TRUE"')),
      at: 'api.yaml:3',
      says: 'MCP_CONNECT_ENABLED is',
    })),
    {
      title: 'the case of a name does not matter to the server',
      bad: env(...variable('mcp_connect_enabled', 'maybe')),
      good: env(...variable('mcp_connect_enabled', '$(ELSEWHERE)')),
      at: 'api.yaml:3',
      says: '"maybe"',
    },
  ],
  'integer-word': [
    ...['"3.5"', '"1e3"', '""', 'many'].map((word) => ({
      title: `${word} is no integer`,
      bad: env(...variable('USER_PROJECT_LIMIT', word)),
      good: env(...variable('USER_PROJECT_LIMIT', '"03"')),
      at: 'api.yaml:3',
      says: 'not an integer',
    })),
  ],
  'project-limit': [
    ...['"-1"', '"99999999999"'].map((limit) => ({
      title: `${limit} is no limit that the database stores`,
      bad: env(...variable('USER_PROJECT_LIMIT', limit)),
      good: env(...variable('USER_PROJECT_LIMIT', '"1_000"')),
      at: 'api.yaml:3',
      says: 'the database refuses every new person',
    })),
  ],
  'provider-word': [
    {
      title: 'a provider that does not exist',
      bad: env(...variable('IDP_PROVIDER', 'Keycloak')),
      good: env(...variable('IDP_PROVIDER', 'keycloak')),
      at: 'api.yaml:3',
      says: '"Keycloak"',
    },
  ],
  'name-typo': [
    {
      title: 'a letter is missing',
      bad: env(...variable('ENABLE_USER_MANAGMENT', "'true'")),
      good: env(...variable('enable_user_management', "'true'")),
      at: 'api.yaml:2',
      says: 'ENABLE_USER_MANAGEMENT?',
      advice: 'Write name: ENABLE_USER_MANAGEMENT.',
    },
    {
      title: 'two letters are swapped',
      bad: env(...variable('USER_PORJECT_LIMIT', "'5'")),
      good: env(...variable('OUR_OWN_VARIABLE', "'5'")),
      at: 'api.yaml:2',
      says: 'USER_PROJECT_LIMIT?',
    },
    {
      title: 'an underscore is missing',
      bad: env(...variable('KEYCLOAK_LOGOUTURL', 'https://sso.harbour.io')),
      good: env(...variable('KEYCLOAK_LOGOUT_URL', 'https://sso.harbour.io')),
      at: 'api.yaml:2',
      says: 'KEYCLOAK_LOGOUT_URL?',
    },
  ],
  'secret-in-file': [
    {
      title: 'a password as value',
      bad: env(...variable('SUPERADMIN_PASSWORD', 'hunter2-hunter2')),
      good: env(...fromSecret('SUPERADMIN_PASSWORD')),
      at: 'api.yaml:3',
      says: 'SUPERADMIN_PASSWORD stands here as text.',
    },
    {
      title: 'a password in an address',
      bad: env(...variable('PG_URL', 'postgresql://codemie:hunter2-hunter2@db:5432/codemie')),
      good: env(...variable('PG_URL', 'postgresql://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@db:5432/codemie')),
      at: 'api.yaml:3',
      says: 'PG_URL stands here as text.',
    },
    {
      title: 'the same secret in a comment',
      bad: {
        'api.yaml': `# was hunter2-hunter2\n${env(...variable('NATS_PASSWORD', 'hunter2-hunter2'))['api.yaml']}`,
      },
      good: { 'api.yaml': `# was in a Secret\n${env(...fromSecret('NATS_PASSWORD'))['api.yaml']}` },
      at: 'api.yaml:4',
      says: 'It also stands in line 1.',
    },
    {
      title: 'a copy of what a Secret manifest holds',
      bad: {
        ...env(...variable('CODEMIE_SUPPORT', 'hunter2-hunter2')),
        'secret.yaml': secret(`data:\n  client_secret: ${base64('hunter2-hunter2')}\n`),
      },
      good: {
        ...env(...variable('CODEMIE_SUPPORT', 'ask us')),
        'secret.yaml': secret(`data:\n  client_secret: ${base64('hunter2-hunter2')}\n`),
      },
      at: 'api.yaml:3',
      says: 'repeats what the Secret codemie-migration-secret has under client_secret',
    },
    {
      title: 'in a list that another file replaces',
      bad: {
        'old.yaml': `customEnv:\n  - name: NATS_PASSWORD\n    value: hunter2-hunter2\n`,
        ...env(...fromSecret('NATS_PASSWORD')),
      },
      good: {
        'old.yaml': 'customEnv:\n  - name: NATS_PASSWORD\n    value: $(NATS)\n',
        ...env(...fromSecret('NATS_PASSWORD')),
      },
      at: 'old.yaml:3',
      says: 'NATS_PASSWORD stands here as text.',
    },
  ],
  'secret-optional': [
    {
      title: 'the secret of the import is optional',
      bad: env(
        '- name: SUPERADMIN_PASSWORD',
        '  valueFrom:',
        '    secretKeyRef: {name: a, key: b, optional: true}',
      ),
      good: env(
        '- name: VAULT_TOKEN',
        '  valueFrom:',
        '    secretKeyRef: {name: vault-credentials, key: token, optional: true}',
      ),
      at: 'api.yaml:4',
      says: 'SUPERADMIN_PASSWORD is optional',
    },
  ],
  'secret-key-missing': [
    {
      title: 'a key with another spelling',
      bad: {
        ...env(...fromSecret('NATS_PASSWORD', 'codemie-migration-secret', 'client-secret')),
        'secret.yaml': secret('stringData:\n  client_secret: hunter2-hunter2\n'),
      },
      good: {
        ...env(...fromSecret('NATS_PASSWORD')),
        'secret.yaml': secret('stringData:\n  client_secret: hunter2-hunter2\n'),
      },
      at: 'api.yaml:4',
      says: 'takes the key client-secret',
      advice: 'Write key: client_secret',
    },
    {
      title: 'a sealed secret names its keys',
      bad: {
        ...env(...fromSecret('NATS_PASSWORD', 'sealed', 'secret')),
        'sealed.yaml':
          'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: sealed}\nspec:\n  encryptedData:\n    client_secret: AgA\n',
      },
      good: {
        ...env(...fromSecret('NATS_PASSWORD', 'sealed', 'client_secret')),
        'sealed.yaml':
          'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: sealed}\nspec:\n  encryptedData:\n    client_secret: AgA\n',
      },
      at: 'api.yaml:4',
      says: 'the Secret sealed (sealed.yaml:1) does not have it',
    },
    {
      title: 'a Secret in another namespace',
      bad: {
        'release.yaml': release('codemie'),
        'secret.yaml': secret('  namespace: default\nstringData:\n  client_secret: hunter2-hunter2\n'),
      },
      good: {
        'release.yaml': release('codemie'),
        'secret.yaml': secret('  namespace: codemie\nstringData:\n  client_secret: hunter2-hunter2\n'),
      },
      at: 'release.yaml:12',
      says: 'in the namespace default',
    },
  ],
  'secret-line-end': [
    {
      title: 'echo adds a line feed',
      bad: { 'secret.yaml': secret(`data:\n  client_secret: ${base64('hunter2-hunter2\n')}\n`) },
      good: { 'secret.yaml': secret(`data:\n  client_secret: ${base64('hunter2-hunter2')}\n`) },
      at: 'secret.yaml:6',
      says: 'ends with a line feed',
      advice: 'stringData',
    },
    {
      title: 'a block of text adds one, too; a key of several lines may have it',
      bad: { 'secret.yaml': secret('stringData:\n  client_secret: |\n    hunter2-hunter2\n') },
      good: {
        'secret.yaml': secret(
          'stringData:\n  client_secret: |-\n    hunter2-hunter2\n  tls.key: |\n    one\n    two\n',
        ),
      },
      at: 'secret.yaml:6',
      says: 'ends with a line feed',
    },
    {
      title: 'a line end of Windows',
      bad: { 'secret.yaml': secret(`data:\n  client_secret: ${base64('hunter2-hunter2\r\n')}\n`) },
      good: { 'secret.yaml': secret('data:\n  client_secret: $(SECRET)\n') },
      at: 'secret.yaml:6',
      says: 'a carriage return and a line feed',
    },
  ],
  'secret-not-base64': [
    {
      title: 'a text under data',
      bad: { 'secret.yaml': secret('data:\n  client_secret: hunter2!\n') },
      good: { 'secret.yaml': secret('stringData:\n  client_secret: hunter2!\n') },
      at: 'secret.yaml:6',
      says: 'is not base64',
    },
  ],
};

function release(namespace: string): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: codemie-api, namespace: ${namespace}}
spec:
  chart:
    spec:
      chart: codemie
  values:
    customEnv:
      - name: NATS_PASSWORD
        valueFrom:
          secretKeyRef: {name: codemie-migration-secret, key: client_secret}
`;
}
