import { KEYCLOAK_OPTIONS } from '../keycloak-options.ts';
import { type CommandSpec, JSON_OPTION } from '../spec.ts';
import { OUT, STAGES, TEMPLATES } from './layout.ts';

const FILES = [
  { name: 'file', summary: 'realm file, JSON or YAML, whole or in part', variadic: true as const },
];

const LIFECYCLE = {
  name: 'lifecycle',
  value: 'type=lifecycle',
  repeatable: true as const,
  summary:
    'seed (create where absent), managed (keep as the file says) or ignore, for a type such as groups; may be given several times',
};

const ROTATE = {
  name: 'rotate-secrets',
  summary: 'write the secrets that Keycloak does not show, such as those of identity providers',
};

export const REALM_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['realm', 'plan'],
    summary: 'Show what differs between a Keycloak realm and realm files',
    description: `Reads the realm once and writes nothing. A file has the form of Keycloak's realm export; what it does not mention is not compared. \${NAME} in it is replaced by that environment variable.`,
    args: FILES,
    options: [
      ...KEYCLOAK_OPTIONS,
      LIFECYCLE,
      ROTATE,
      { name: 'detailed-exitcode', summary: 'exit with 10 when there are differences' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie realm plan realm.json --server https://keycloak.example.com --realm acme',
        does: 'show the differences',
      },
      {
        command: 'codemie realm plan realm.json clients.yaml --json',
        does: 'compare with two files, as JSON',
      },
    ],
    load: () => import('./plan.ts'),
  },
  {
    path: ['realm', 'apply'],
    summary: 'Change a Keycloak realm to what realm files say',
    description:
      'Shows the plan and asks before it writes. Objects are changed in place and keep their ids; nothing is deleted that a file does not declare for deletion. At the end it reads the realm again and fails if anything still differs. After a failure, run it again: it goes on where it stopped.',
    args: FILES,
    options: [...KEYCLOAK_OPTIONS, LIFECYCLE, ROTATE, { name: 'yes', summary: 'do not ask' }, JSON_OPTION],
    examples: [
      { command: 'codemie realm apply realm.json', does: 'show the changes, and make them after you agree' },
      {
        command: 'codemie realm apply realm.json --lifecycle groups=seed --yes',
        does: 'apply in a pipeline',
      },
    ],
    load: () => import('./apply.ts'),
  },
  ...['verify', 'drift'].map(
    (name): CommandSpec => ({
      path: ['realm', name],
      summary:
        name === 'verify'
          ? 'Check that a Keycloak realm is as realm files say'
          : 'Show what was changed in a Keycloak realm by hand',
      description:
        'Exits with 0 where nothing differs, with 10 where something does, and with 6 where your account does not see all that the files have. It writes nothing.',
      args: FILES,
      options: [...KEYCLOAK_OPTIONS, LIFECYCLE, JSON_OPTION],
      examples: [
        { command: `codemie realm ${name} realm.json`, does: 'compare, for a script' },
        { command: `codemie realm ${name} realm.json --json | jq .counts`, does: 'count the differences' },
      ],
      load: () => import('./verify.ts'),
    }),
  ),
  {
    path: ['realm', 'lint'],
    summary: 'Find mistakes in realm files before a server sees them',
    description:
      'Several files count as one realm. A variable may be unset. In a template (.j2), it finds what Python renders differently. Needs no server; with --server it also checks what is installed there. Exits with 10 if there is an error among the findings. The rules are in docs/reference/realm-rules.md.',
    args: FILES,
    options: [...KEYCLOAK_OPTIONS, JSON_OPTION],
    examples: [
      { command: 'codemie realm lint realm.json', does: 'check a file on this machine' },
      {
        command: 'codemie realm lint realm.json --server https://keycloak.example.com',
        does: 'also check what the server has installed',
      },
    ],
    load: () => import('./lint.ts'),
  },
  {
    path: ['realm', 'start-hook'],
    summary: 'Set up a Keycloak realm at the start of a container',
    description:
      'Waits for Keycloak, creates the realm where it is absent, and at each later start keeps sign-in flows and identity providers as the files say, with their secrets. Everything else is created where absent and then left to you (lifecycle seed); a file or --lifecycle may say otherwise. It never asks. Several copies may run at the same time.',
    args: FILES,
    options: [
      ...KEYCLOAK_OPTIONS,
      LIFECYCLE,
      { name: 'wait', value: 'duration', summary: 'how long Keycloak may be away', default: '5m' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie realm start-hook keycloak-realm.json keycloak-identity-providers.json',
        does: 'set up the realm, once Keycloak is there',
      },
      {
        command: 'codemie realm start-hook acme.json --lifecycle clients=managed --wait 10m',
        does: 'keep the clients as the file says, too',
      },
    ],
    load: () => import('./start-hook.ts'),
  },
  {
    path: ['realm', 'export'],
    summary: 'Write a Keycloak realm to a file',
    description:
      'The file can be imported by Keycloak, and a plan with it finds no difference. Secrets are left out.',
    options: [
      ...KEYCLOAK_OPTIONS,
      { name: 'out', value: 'file', summary: 'file to write: .json or .yaml' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie realm export --out realm.json', does: 'write the realm of KEYCLOAK_REALM' },
      {
        command: 'codemie realm export --server https://keycloak.example.com --realm acme --out acme.yaml',
        does: 'write another one, as YAML',
      },
    ],
    load: () => import('./export.ts'),
  },
  {
    path: ['realm', 'init'],
    summary: 'Write the files of an example realm',
    description:
      'Templates of a realm with an identity provider, tenants, a gate for administrators and eight clients, the stages, a sign-in theme, and a page that explains the gate. Existing files are never overwritten.',
    args: [{ name: 'folder', summary: 'folder of the project' }],
    options: [],
    examples: [
      { command: 'codemie realm init my-platform', does: 'write the example to a new folder' },
      { command: 'codemie realm init .', does: 'write it to this folder' },
    ],
    load: () => import('./init.ts'),
  },
  {
    path: ['realm', 'render'],
    summary: 'Render the templates of a realm for a stage',
    description: `Renders every keycloak-*.j2 (Jinja2) of the templates folder with the values of the stage. \${NAME} stays in place, and is replaced by that environment variable when a realm command or the container reads the file.`,
    options: [
      { name: 'stage', value: 'name', summary: 'stage, from the file of stages' },
      { name: 'templates', value: 'folder', summary: 'folder with the templates', default: TEMPLATES },
      { name: 'stages', value: 'file', summary: 'YAML file with the values of each stage', default: STAGES },
      { name: 'out', value: 'folder', summary: 'folder to write to', default: OUT },
      {
        name: 'with-secrets',
        summary: `replace \${NAME} in the JSON files now; only you can read them then`,
      },
    ],
    examples: [
      { command: 'codemie realm render --stage dev', does: 'render the files of the stage dev' },
      {
        command: 'codemie realm render --stage latest --out build/keycloak --with-secrets',
        does: 'write another folder, with the secrets of the environment',
      },
    ],
    load: () => import('./render.ts'),
  },
];
