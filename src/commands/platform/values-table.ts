import type { CommandSpec, OptionSpec } from '../spec.ts';
import { CHART_OPTIONS } from './chart-options.ts';

const FILES: readonly OptionSpec[] = [
  { name: 'api', value: 'file', summary: 'your values of codemie-api' },
  { name: 'ui', value: 'file', summary: 'your values of codemie-ui' },
  ...CHART_OPTIONS,
  { name: 'write', summary: 'change the files' },
];

const LIMIT: OptionSpec = {
  name: 'limit',
  value: 'number',
  summary:
    'how many shared projects a user may have, except Super Admins (default: what the file has, else 3)',
};

const BUDGETS: OptionSpec = {
  name: 'budgets',
  value: 'choice',
  choices: ['on', 'off'],
  summary: 'whether the UI shows budgets',
  default: 'on',
};

const IMPORT: readonly OptionSpec[] = [
  { name: 'keycloak-url', value: 'url', summary: 'base URL of Keycloak; needed unless the file has it' },
  { name: 'realm', value: 'name', summary: 'realm with the users; needed unless the file has it' },
  {
    name: 'client-id',
    value: 'id',
    summary: 'client that reads the users (default: what the file has, else codemie-migration-client)',
  },
  {
    name: 'secret-name',
    value: 'name',
    summary: 'Kubernetes Secret (default: what the file has, else codemie-migration-secret)',
  },
  {
    name: 'secret-key',
    value: 'key',
    summary: 'key in the Secret (default: what the file has, else client_secret)',
  },
];

type Action = 'enable' | 'migration-on' | 'migration-off' | 'disable';

export const VALUES_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['platform', 'values', 'enable'],
    summary: 'Switch platform-managed mode on in Helm values',
    description:
      'Prints a diff for ENABLE_USER_MANAGEMENT and USER_PROJECT_LIMIT of the API and the flags of the UI, and changes nothing without --write. Only the lines that have to change do. A list in your values replaces the whole list of the chart, so a file without the chart’s list is not changed: the whole list to paste is printed instead, and the exit code is 9. That is also so for files that cannot be edited safely, such as encrypted ones and templates.',
    options: [...FILES, LIMIT, BUDGETS],
    examples: [
      {
        command: 'codemie platform values enable --api api.yaml --ui ui.yaml',
        does: 'show what to change in both',
      },
      {
        command: 'codemie platform values enable --api api.yaml --ui ui.yaml --limit 5 --budgets off --write',
        does: 'change both, with another limit and without budgets',
      },
    ],
    load: () => load('enable'),
  },
  {
    path: ['platform', 'values', 'migration-on'],
    summary: 'Add the one-time Keycloak import to Helm values',
    description:
      'Prints a diff for the variables of the import, the client secret by reference to a Kubernetes Secret, and changes nothing without --write. You do not need it for a fresh installation, or with another IDP_PROVIDER than keycloak. After the first successful start, run migration-off.',
    options: [...FILES, LIMIT, BUDGETS, ...IMPORT],
    examples: [
      {
        command:
          'codemie platform values migration-on --api api.yaml --keycloak-url https://keycloak.example.com --realm codemie-prod',
        does: 'show what to change',
      },
      {
        command:
          'codemie platform values migration-on --api api.yaml --keycloak-url https://keycloak.example.com --realm codemie-prod --secret-name my-secret --write',
        does: 'change the file, with a Secret of another name',
      },
    ],
    load: () => load('migration-on'),
  },
  {
    path: ['platform', 'values', 'migration-off'],
    summary: 'Take the one-time Keycloak import out of Helm values',
    description:
      'Prints a diff without all eight variables of the import, wherever they stand: in extraEnv, customEnv and the lists of pools. Everything else stays, USER_PROJECT_LIMIT too. It changes nothing without --write.',
    options: FILES,
    examples: [
      { command: 'codemie platform values migration-off --api api.yaml', does: 'show what to remove' },
      { command: 'codemie platform values migration-off --api api.yaml --write', does: 'remove it' },
    ],
    load: () => load('migration-off'),
  },
  {
    path: ['platform', 'values', 'disable'],
    summary: 'Switch platform-managed mode off in Helm values',
    description:
      'Prints a diff that switches ENABLE_USER_MANAGEMENT and the flags of the UI off, and changes nothing without --write. Roles and projects come from Keycloak again; what people changed in the app stays in the database.',
    options: FILES,
    examples: [
      { command: 'codemie platform values disable --api api.yaml --ui ui.yaml', does: 'show what to change' },
      {
        command: 'codemie platform values disable --api api.yaml --ui ui.yaml --write',
        does: 'change both files',
      },
    ],
    load: () => load('disable'),
  },
];

async function load(action: Action) {
  const { valuesCommand } = await import('./values.ts');
  return { run: valuesCommand(action) };
}
