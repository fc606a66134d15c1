import { SETTINGS, type SettingName, VARIABLE_NAMES } from './settings-table.ts';

/** The meaning of each setting, for help, the reference and lists. */
export const MEANINGS: Readonly<Record<SettingName, string>> = {
  home: 'folder for settings, logs and stored sign-ins',
  profile: 'profile to use',
  url: 'CodeMie URL',
  'provider-url': 'URL of a model provider, with CODEMIE_PROVIDER',
  provider: "provider to use instead of the profile's",
  model: 'model to use',
  'haiku-model': 'model for Claude Code’s haiku tier',
  'sonnet-model': 'model for Claude Code’s sonnet tier',
  'opus-model': 'model for Claude Code’s opus tier',
  project: 'project to bill usage to',
  integration: 'CodeMie integration to bill usage to',
  token: 'CodeMie JWT (a profile may name another variable)',
  'token-variable': 'variable that holds the token of the profile',
  'api-key': 'API key of a model provider',
  issuer: 'OpenID provider, if the server does not publish one',
  'client-id': 'OAuth client ID',
  'id-token': 'identity token of a CI job, for --ci',
  'id-token-file': 'file with the identity token of a CI job, for --ci',
  'ci-audience': 'audience of the identity token',
  'ci-grant': 'how to exchange the identity token: client-assertion, jwt-bearer or token-exchange',
  'auth-method': 'how to sign in: sso, jwt or api-key',
  passphrase: 'passphrase of the encrypted file store',
  'request-timeout':
    'how long the platform may take to begin its answer to one request of an agent (300 is in seconds)',
  debug: 'true: print a redacted debug log to stderr',
  'gateway-port': 'port of the gateway',
  'mcp-allow-hosts':
    'servers (host:port, separated by commas) that the gateway may reach for MCP although they are not public',
  'http-proxy': 'proxy for http:// URLs',
  'https-proxy': 'proxy for https:// URLs',
  'no-proxy': 'hosts to reach without the proxy',
  'node-ca-file': 'PEM file of extra CA certificates to trust (also read by Node.js)',
  'ca-file': 'PEM file of extra CA certificates to trust',
  plugin: 'count prompts, tools and tokens of Claude Code sessions in the local audit log',
  metrics: 'send these counts to CodeMie, with project, repository and branch',
  'no-color': 'any value: disable color',
  'force-color': 'any value but 0: use color even without a terminal',
  browser: 'command that opens web pages; none: never open a browser',
  'do-not-track': 'any value but 0: send no usage metrics, even if metrics is on',
  ci: 'set by CI systems: no prompts, no animation',
};

/** The default behaviour, for settings without a default value in the table. */
const WITHOUT: Readonly<Partial<Record<SettingName, string>>> = {
  home: '~/.codemie',
  profile: 'the active one',
  'ci-audience': 'the issuer',
  'ci-grant': 'chosen from what the issuer offers',
  'gateway-port': 'any free port',
  'request-timeout': 'no limit',
  'mcp-allow-hosts': 'none',
};

/** One environment variable we read, for the reference. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly default?: string;
  /** Its value is never shown, and never passed to an agent. */
  readonly secret: boolean;
}

export const VARIABLES: readonly Variable[] = VARIABLE_NAMES.map((variable) => {
  const own = SETTINGS.find(({ env }) => env?.[0] === variable);
  const newer = SETTINGS.flatMap(({ env = [] }) => (env.indexOf(variable) > 0 ? env.slice(0, 1) : []));
  const texts = own === undefined ? [] : [MEANINGS[own.name]];
  const preset = own && (WITHOUT[own.name] ?? own.default);
  return {
    name: variable,
    meaning: [...texts, ...newer.map((name) => `older name of ${name}`)].join('; '),
    ...(preset === undefined ? {} : { default: preset }),
    secret: own?.secret === true,
  };
});
