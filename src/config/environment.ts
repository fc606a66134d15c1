/** One environment variable we read. The list feeds help, docs, doctor and what is kept from an agent. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly default?: string;
  /** Holds a secret: its value is never shown, and never handed to an agent. */
  readonly sensitive?: true;
}

export const VARIABLES: readonly Variable[] = [
  { name: 'CODEMIE_HOME', meaning: 'folder for settings, logs and stored sign-ins', default: '~/.codemie' },
  { name: 'CODEMIE_PROFILE', meaning: 'profile to use' },
  { name: 'CODEMIE_URL', meaning: 'CodeMie URL' },
  { name: 'CODEMIE_BASE_URL', meaning: 'CodeMie URL (older name of CODEMIE_URL)' },
  { name: 'CODEMIE_PROVIDER', meaning: "provider to use instead of the profile's" },
  { name: 'CODEMIE_MODEL', meaning: 'model to use' },
  { name: 'CODEMIE_PROJECT', meaning: 'project to bill usage to' },
  { name: 'CODEMIE_INTEGRATION_ID', meaning: 'CodeMie integration to bill usage to' },
  {
    name: 'CODEMIE_JWT_TOKEN',
    meaning: 'CodeMie JWT (a profile may name another variable)',
    sensitive: true,
  },
  { name: 'CODEMIE_API_KEY', meaning: 'API key of a model provider', sensitive: true },
  { name: 'CODEMIE_ISSUER', meaning: 'OpenID provider, if the server does not publish one' },
  { name: 'CODEMIE_CLIENT_ID', meaning: 'OAuth client ID', default: 'codemie-cli' },
  { name: 'CODEMIE_ID_TOKEN', meaning: 'identity token of a CI job, for --ci', sensitive: true },
  { name: 'CODEMIE_ID_TOKEN_FILE', meaning: 'file with the identity token of a CI job, for --ci' },
  { name: 'CODEMIE_CI_AUDIENCE', meaning: 'audience of the identity token', default: 'the issuer' },
  {
    name: 'CODEMIE_CI_GRANT',
    meaning: 'how to exchange the identity token: client-assertion, jwt-bearer or token-exchange',
    default: 'chosen from what the issuer offers',
  },
  { name: 'CODEMIE_AUTH_METHOD', meaning: 'how to sign in: sso, jwt or api-key' },
  { name: 'CODEMIE_PASSPHRASE', meaning: 'passphrase of the encrypted file store', sensitive: true },
  { name: 'CODEMIE_TIMEOUT', meaning: 'maximum run time of an agent' },
  { name: 'CODEMIE_DEBUG', meaning: 'true: print a redacted debug log to stderr' },
  { name: 'CODEMIE_PROXY_PORT', meaning: 'port of the gateway', default: 'any free port' },
  { name: 'HTTP_PROXY', meaning: 'proxy for http:// URLs' },
  { name: 'HTTPS_PROXY', meaning: 'proxy for https:// URLs' },
  { name: 'NO_PROXY', meaning: 'hosts to reach without the proxy' },
  {
    name: 'NODE_EXTRA_CA_CERTS',
    meaning: 'PEM file of extra CA certificates to trust (also read by Node.js)',
  },
  { name: 'CODEMIE_CA_FILE', meaning: 'PEM file of extra CA certificates to trust' },
  { name: 'NO_COLOR', meaning: 'any value: disable color' },
  { name: 'FORCE_COLOR', meaning: 'any value but 0: use color even without a terminal' },
  { name: 'BROWSER', meaning: 'command that opens web pages; none: never open a browser' },
  { name: 'DO_NOT_TRACK', meaning: 'any value but 0: send no usage metrics, even if metrics is on' },
  { name: 'CI', meaning: 'set by CI systems: no prompts, no animation' },
];
