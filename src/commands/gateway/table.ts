import { type CommandSpec, JSON_OPTION, PROFILE_OPTION } from '../spec.ts';

export const GATEWAY_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['gateway', 'start'],
    summary: 'Run the gateway for editors (VS Code, Claude Desktop, JetBrains)',
    description:
      'Runs a reverse proxy on 127.0.0.1 that adds your access token to each request. It refreshes the token, picks up a new sign-in, and counts requests at /metrics. Editors authenticate with a key created once per installation. Key and port stay the same at every start.',
    options: [
      {
        name: 'port',
        value: 'port',
        summary: 'port to listen on',
        default: 'CODEMIE_PROXY_PORT, else the port of the last start',
      },
      {
        name: 'allow-host',
        value: 'name',
        repeatable: true,
        summary: 'also answer to this host name, such as host.docker.internal for containers',
      },
      {
        name: 'allow-origin',
        value: 'origin',
        repeatable: true,
        summary: 'let the web pages of this origin use the gateway with its key',
      },
      PROFILE_OPTION,
      JSON_OPTION,
      { name: 'detach', summary: 'run in the background; return when ready' },
    ],
    examples: [
      {
        command: 'codemie gateway start --port 4180 --detach',
        does: 'run in the background on a port of your choice',
      },
      {
        command: 'codemie gateway start --allow-host host.docker.internal',
        does: 'let containers of Docker Desktop use it',
      },
      { command: 'codemie gateway status --json | jq -r .key', does: 'print the key for your editor' },
    ],
    load: () => import('./start.ts'),
  },
  {
    path: ['gateway', 'status'],
    summary: 'Show whether the gateway is running and signed in',
    options: [JSON_OPTION],
    examples: [
      {
        command: 'codemie gateway status',
        does: "exit 1 if no gateway is running, 4 if its session has expired, 5 if it can't be refreshed right now",
      },
      { command: 'codemie gateway status --json', does: 'print URL, port, process ID and key' },
    ],
    load: () => import('./status.ts'),
  },
  {
    path: ['gateway', 'stop'],
    summary: 'Stop the gateway',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie gateway stop', does: 'stop it and wait until it has exited' },
      { command: 'codemie gateway stop && codemie gateway start --detach', does: 'restart it' },
    ],
    load: () => import('./stop.ts'),
  },
];
