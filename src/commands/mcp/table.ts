import { type CommandSpec, JSON_OPTION, type OptionSpec, STORE_CHOICE } from '../spec.ts';
import { CONNECTION_OPTIONS, SERVER_ARGUMENT, SPLIT_HEADER } from './connection-options.ts';

const NAME_ARGUMENT = { name: 'name', summary: 'name of the server in the agent' } as const;
const HOST_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'host',
    value: 'name',
    choices: ['claude', 'codex', 'opencode', 'gemini', 'file'],
    summary: 'the agent; file is .mcp.json in this folder',
    default: 'claude',
  },
  {
    name: 'scope',
    value: 'scope',
    choices: ['user', 'project'],
    summary: 'in all your projects, or for everybody in this folder',
    default: 'user; project for file',
  },
];

/** Where no agent waits, and it is said otherwise what is stored. */
const AHEAD_OPTIONS = CONNECTION_OPTIONS.filter(({ name }) => name !== 'persist' && name !== 'start-limit');

const THROUGH_GATEWAY: OptionSpec = {
  name: 'through-gateway',
  summary: 'the agent reaches the server over HTTP through the local gateway, and signs in itself',
};

export const MCP_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['mcp', 'add'],
    summary: 'Add a remote MCP server to a coding agent',
    description:
      'Writes into the settings of the agent that it starts codemie-mcp-proxy for this server, with the options given here. Everything else in those settings stays as it is. It does not sign in.',
    args: [NAME_ARGUMENT, SERVER_ARGUMENT],
    options: [...HOST_OPTIONS, THROUGH_GATEWAY, ...CONNECTION_OPTIONS, JSON_OPTION],
    strayHint: SPLIT_HEADER,
    examples: [
      { command: 'codemie mcp add my-server https://mcp.example.com/mcp', does: 'add it to Claude Code' },
      {
        command: `codemie mcp add my-server https://mcp.example.com/mcp --host codex --header 'Authorization: Bearer \${TOKEN}'`,
        does: 'add it to Codex, with a token from the environment instead of a sign-in',
      },
      {
        command: 'codemie mcp add my-server https://mcp.example.com/mcp --host file',
        does: 'write .mcp.json in this folder',
      },
    ],
    load: () => import('./add.ts'),
  },
  {
    path: ['mcp', 'remove'],
    summary: 'Remove a remote MCP server from a coding agent',
    description: 'Undoes `codemie mcp add`. A server that codemie did not add is left alone.',
    args: [NAME_ARGUMENT],
    options: [...HOST_OPTIONS, JSON_OPTION],
    examples: [
      { command: 'codemie mcp remove my-server', does: 'remove it from Claude Code' },
      { command: 'codemie mcp remove my-server --host codex', does: 'remove it from Codex' },
    ],
    load: () => import('./remove.ts'),
  },
  {
    path: ['mcp', 'login'],
    summary: 'Sign in to a remote MCP server before an agent needs it',
    description:
      'Opens your browser, or prints the address to sign in at. The sign-in is stored in the system keychain unless you choose another store. The proxy finds it there and refreshes it, so the agent starts without a browser.',
    args: [SERVER_ARGUMENT],
    options: [
      {
        name: 'store',
        value: 'store',
        ...STORE_CHOICE,
        summary: 'where to store your sign-in (CODEMIE_MCP_TOKEN_STORE)',
        default: 'keychain',
      },
      ...AHEAD_OPTIONS,
      JSON_OPTION,
    ],
    strayHint: SPLIT_HEADER,
    examples: [
      { command: 'codemie mcp login https://mcp.example.com/mcp', does: 'sign in with your browser' },
      {
        command: 'codemie mcp login https://mcp.example.com/mcp --no-browser',
        does: 'sign in over SSH: paste the address that your browser ends at',
      },
    ],
    load: () => import('./login.ts'),
  },
  {
    path: ['mcp', 'logout'],
    summary: 'Remove a stored sign-in at an MCP server',
    description:
      'Revokes the tokens at the server, if it offers that, and removes tokens and registration from this computer.',
    args: [SERVER_ARGUMENT],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie mcp logout https://mcp.example.com/mcp', does: 'sign out' },
      { command: 'codemie mcp logout https://mcp.example.com/mcp --json', does: 'sign out in a script' },
    ],
    load: () => import('./logout.ts'),
  },
  {
    path: ['mcp', 'list'],
    summary: 'List the stored sign-ins at MCP servers',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie mcp list', does: 'see servers, stores, scopes and expiry' },
      { command: 'codemie mcp list --json', does: 'the same for a script; no secrets' },
    ],
    load: () => import('./list.ts'),
  },
  {
    path: ['mcp', 'check'],
    summary: 'Check how a remote MCP server signs in',
    description:
      'Goes the way of a sign-in step by step and says what it finds, for you and for support. It opens no browser and registers nothing. A stored sign-in is used to open a session. Exit code 4 means that you must sign in first, 5 that the server cannot be reached, 6 that it leads to an address that is not allowed.',
    args: [SERVER_ARGUMENT],
    options: [...AHEAD_OPTIONS, JSON_OPTION],
    strayHint: SPLIT_HEADER,
    examples: [
      { command: 'codemie mcp check https://mcp.example.com/mcp', does: 'see each step' },
      { command: 'codemie mcp check https://mcp.example.com/mcp --json', does: 'the same for a script' },
    ],
    load: () => import('./check.ts'),
  },
  {
    path: ['mcp', 'proxy'],
    summary: 'Connect a coding agent to a remote MCP server',
    description:
      'Speaks MCP on standard input and output, and HTTP to the server. Where the server asks you to sign in, it opens your browser. Tokens are kept in memory, and you sign in again each time the agent starts it, unless you use --persist or `codemie mcp login`. Coding agents start this command; you name it in their MCP settings.',
    args: [SERVER_ARGUMENT],
    options: CONNECTION_OPTIONS,
    strayHint: SPLIT_HEADER,
    examples: [
      {
        command: 'claude mcp add my-server -- codemie-mcp-proxy https://mcp.example.com/mcp',
        does: 'add a server to Claude Code',
      },
      {
        command: `codemie mcp proxy https://mcp.example.com/mcp --header 'Authorization: Bearer \${TOKEN}'`,
        does: 'use a token of your own instead of a sign-in',
      },
    ],
    load: () => import('./proxy.ts'),
  },
];
