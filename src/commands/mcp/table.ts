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

export const MCP_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['mcp', 'proxy'],
    summary: 'Connect a coding agent to a remote MCP server',
    description:
      'Speaks MCP on standard input and output, and HTTP to the server. Where the server asks you to sign in, it opens your browser. Tokens are kept in memory: you sign in again each time the agent starts it. Coding agents start this command; you name it in their MCP settings.',
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
  {
import { type CommandSpec, JSON_OPTION, type OptionSpec, STORE_CHOICE } from '../spec.ts';
  },
];
