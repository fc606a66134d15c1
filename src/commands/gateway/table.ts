import { type CommandSpec, JSON_OPTION, PROFILE_OPTION } from '../spec.ts';

export const GATEWAY_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['gateway', 'start'],
    summary: 'run the gateway for editors (VS Code, Claude Desktop, JetBrains)',
    description:
      'A reverse proxy on 127.0.0.1 that adds the credential, with one key per installation. It renews the credential, takes over a sign-in done elsewhere, and counts requests at /metrics.',
    options: [
      {
        name: 'port',
        value: 'port',
        summary: 'port to listen on',
        default: 'CODEMIE_PROXY_PORT, else any free one',
      },
      PROFILE_OPTION,
      JSON_OPTION,
      { name: 'detach', summary: 'return when it is ready and leave it running' },
    ],
    examples: [
      {
        command: 'codemie gateway start --port 4180 --detach',
        does: 'in the background, at a port that stays',
      },
      { command: 'codemie gateway status --json | jq -r .key', does: 'the key to give to an editor' },
    ],
    load: () => import('./start.ts'),
  },
  {
    path: ['gateway', 'status'],
    summary: 'show whether the gateway runs, where, and whether it is signed in',
    options: [JSON_OPTION],
    examples: [
      {
        command: 'codemie gateway status',
        does: 'exit 1 when none runs, 4 when its sign-in has ended, 5 when it cannot be renewed now',
      },
      { command: 'codemie gateway status --json', does: 'address, port, process and key' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['gateway', 'stop'],
    summary: 'stop the gateway',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie gateway stop', does: 'end it and wait until it is gone' },
      { command: 'codemie gateway stop && codemie gateway start --detach', does: 'start it again' },
    ],
    load: () => import('./stop.ts'),
  },
];
