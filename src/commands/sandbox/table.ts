import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const SANDBOX_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['sandbox', 'start'],
    summary: 'start a whole CodeMie on this machine',
    description:
      'Starts an OpenID provider, the platform API and a model endpoint on loopback, and runs until it is stopped. Nothing is kept.',
    options: [
      { name: 'port', value: 'port', summary: 'port to listen on', default: '0, any free one' },
      JSON_OPTION,
      { name: 'detach', summary: 'return when it is ready and leave it running' },
      { name: 'auto-approve', value: 'user', summary: 'sign-in pages answer as this user, without a click' },
      { name: 'access-token-ttl', value: 'duration', summary: 'life of access tokens', default: '5m' },
      { name: 'refresh-token-ttl', value: 'duration', summary: 'life of refresh tokens', default: '30d' },
      {
        name: 'sign-in',
        value: 'way',
        choices: ['oidc', 'hand-off', 'local'],
        summary: 'how people sign in',
        default: 'oidc',
      },
      {
        name: 'public-url',
        value: 'url',
        summary: 'address a front server of yours gives it (X-Forwarded-Host and -Proto are then believed)',
      },
      {
        name: 'access',
        value: 'mode',
        choices: ['keycloak', 'platform'],
        summary: 'where people and their projects are managed',
        default: 'keycloak; platform with --sign-in local',
      },
      {
        name: 'front',
        value: 'kind',
        choices: ['open', 'guarded'],
        summary: 'guarded: a front server sends every request without a credential to its sign-in page',
        default: 'open',
      },
    ],
    examples: [
      { command: 'codemie sandbox start', does: 'start it and keep it in the foreground' },
      {
        command: 'codemie sandbox start --detach --auto-approve ada',
        does: 'in the background, signing everyone in as ada',
      },
    ],
    load: () => import('./start.ts'),
  },
  {
    path: ['sandbox', 'stop'],
    summary: 'stop running sandboxes',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie sandbox stop', does: 'stop every sandbox of this home' },
      { command: 'codemie sandbox stop --json', does: 'the same, listing what was stopped' },
    ],
    load: () => import('./stop.ts'),
  },
  {
    path: ['sandbox', 'status'],
    summary: 'show running sandboxes',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie sandbox status', does: 'addresses and process ids' },
      { command: 'codemie sandbox status --json', does: 'the same for scripts' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['sandbox', 'token'],
    summary: 'print a platform JWT signed by the running sandbox',
    options: [
      { name: 'user', value: 'user', summary: 'who it stands for: ada, bob, eve, grace or dan' },
      { name: 'ttl', value: 'duration', summary: 'its life', default: '1h' },
      { name: 'audience', value: 'audience', summary: 'another audience than the API' },
    ],
    examples: [
      { command: 'codemie sandbox token --user ada', does: 'a token for the API' },
      { command: 'codemie sandbox token --user bob --ttl 60s', does: 'one that expires soon' },
    ],
    load: () => import('./token.ts'),
  },
];
