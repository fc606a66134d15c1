import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const SANDBOX_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['sandbox', 'start'],
    summary: 'Run a local CodeMie server for testing',
    description:
      'Starts an OpenID provider, the CodeMie API and a model endpoint on this machine. It runs until you stop it, and keeps no data, unless you give it a database.',
    options: [
      { name: 'port', value: 'port', summary: 'port to listen on', default: 'any free port' },
      JSON_OPTION,
      { name: 'detach', summary: 'run in the background; return when ready' },
      {
        name: 'auto-approve',
        value: 'user',
        summary: 'sign in everyone as this user, without showing a page',
      },
      { name: 'access-token-ttl', value: 'duration', summary: 'lifetime of access tokens', default: '5m' },
      { name: 'refresh-token-ttl', value: 'duration', summary: 'lifetime of refresh tokens', default: '30d' },
      {
        name: 'sign-in',
        value: 'method',
        choices: ['oidc', 'hand-off', 'local'],
        summary: 'how users sign in',
        default: 'oidc',
      },
      {
        name: 'public-url',
        value: 'url',
        summary:
          'public URL when behind your own reverse proxy (X-Forwarded-Host and -Proto are then trusted)',
      },
      {
        name: 'access',
        value: 'mode',
        choices: ['keycloak', 'platform'],
        summary: 'where users and projects are managed',
        default: 'keycloak; platform with --sign-in local',
      },
      {
        name: 'database',
        value: 'url',
        summary:
          'PostgreSQL database for users and projects, used by sandboxes alone: postgresql://user@host/name',
        sensitive: true,
      },
      {
        name: 'database-password-command',
        value: 'command',
        summary: 'command that prints the password of the database',
      },
      {
        name: 'front',
        value: 'kind',
        choices: ['open', 'guarded'],
        summary: 'guarded: a proxy in front redirects anonymous requests to its sign-in page',
        default: 'open',
      },
    ],
    examples: [
      { command: 'codemie sandbox start', does: 'run in the foreground' },
      {
        command: 'codemie sandbox start --detach --auto-approve ada',
        does: 'run in the background and sign in everyone as ada',
      },
      {
        command: 'codemie sandbox start --access platform --database postgresql://me@localhost/sandbox',
        does: 'keep users and projects in PostgreSQL, in the tables of the platform',
      },
    ],
    load: () => import('./start.ts'),
  },
  {
    path: ['sandbox', 'stop'],
    summary: 'Stop running sandboxes',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie sandbox stop', does: 'stop all sandboxes' },
      { command: 'codemie sandbox stop --json', does: 'stop all sandboxes and list them' },
    ],
    load: () => import('./stop.ts'),
  },
  {
    path: ['sandbox', 'status'],
    summary: 'List running sandboxes',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie sandbox status', does: 'show URLs and process IDs' },
      { command: 'codemie sandbox status --json', does: 'read them in a script' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['sandbox', 'token'],
    summary: 'Print a JWT issued by the running sandbox',
    options: [
      { name: 'user', value: 'user', summary: 'user to issue the token for: ada, bob, eve, grace or dan' },
      { name: 'ttl', value: 'duration', summary: 'lifetime', default: '1h' },
      { name: 'audience', value: 'audience', summary: 'audience of the token', default: 'the API' },
    ],
    examples: [
      { command: 'codemie sandbox token --user ada', does: 'print a token for the API' },
      {
        command: 'codemie sandbox token --user bob --ttl 60s',
        does: 'print a token that expires after a minute',
      },
    ],
    load: () => import('./token.ts'),
  },
];
