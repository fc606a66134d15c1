import type { OptionSpec } from '../spec.ts';

/**
 * How to reach one MCP server and sign in to it: the options that `proxy`, `login`, `check` and `add` share. Read them
 * with `mcpSettings`. Each has an environment variable, because `.mcp.json` has only arguments and `env`.
 */
export const CONNECTION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'transport',
    value: 'name',
    choices: ['auto', 'http', 'sse'],
    summary: 'how to talk to the server: Streamable HTTP or HTTP with SSE (CODEMIE_MCP_TRANSPORT)',
    default: 'auto',
  },
  {
    name: 'header',
    value: 'name: value',
    repeatable: true,
    sensitive: true,
    summary: `send this header to the server; \${VAR} is replaced; may be given several times (CODEMIE_MCP_HEADERS, one a line)`,
  },
  { name: 'header-file', value: 'file', summary: 'read such headers from a file, one a line' },
  {
    name: 'client-id',
    value: 'id',
    summary: 'sign in as a client registered at the server (CODEMIE_MCP_CLIENT_ID)',
  },
  {
    name: 'client-secret-env',
    value: 'variable',
    summary: 'environment variable with the secret of that client',
    default: 'CODEMIE_MCP_CLIENT_SECRET',
  },
  {
    name: 'client-metadata-url',
    value: 'url',
    summary: 'client ID metadata document to sign in with (CODEMIE_MCP_CLIENT_METADATA_URL)',
  },
  {
    name: 'oauth-scope',
    value: 'scopes',
    summary: 'scopes to ask for, separated by spaces (CODEMIE_MCP_OAUTH_SCOPE)',
  },
  {
    name: 'no-resource',
    summary: 'leave out the resource parameter, which Microsoft Entra refuses (CODEMIE_MCP_NO_RESOURCE=1)',
  },
  {
    name: 'allow-missing-pkce-metadata',
    summary:
      'sign in at a server that does not announce PKCE, such as Amazon Cognito (CODEMIE_MCP_ALLOW_MISSING_PKCE=1)',
  },
  {
    name: 'callback-host',
    value: 'host',
    choices: ['localhost', '127.0.0.1'],
    summary: 'host of the redirect URI (CODEMIE_MCP_CALLBACK=host:port/path)',
    default: 'localhost',
  },
  { name: 'callback-port', value: 'port', summary: 'port of the redirect URI', default: 'any free port' },
  { name: 'callback-path', value: 'path', summary: 'path of the redirect URI', default: '/callback' },
  {
    name: 'persist',
    summary: 'keep the sign-in in your keychain, or in CODEMIE_MCP_TOKEN_STORE=keychain|file',
  },
  { name: 'no-browser', summary: 'print the address to sign in at; do not open a browser' },
  {
    name: 'timeout',
    value: 'duration',
    summary: 'how long a sign-in may take (CODEMIE_MCP_TIMEOUT)',
    default: '2m',
  },
  {
    name: 'start-limit',
    value: 'duration',
    summary:
      'when to answer the agent with an error while a sign-in goes on, or off (CODEMIE_MCP_START_LIMIT)',
    default: '28s',
  },
];

/** The one argument of commands about a server. */
export const SERVER_ARGUMENT = { name: 'url', summary: 'address of the MCP server' } as const;

/** How to write a header where a program splits arguments at spaces. */
export const SPLIT_HEADER = `If a header was split at its space, put its value in an environment variable and write --header 'Name:\${VARIABLE}'.`;
