/** One environment variable we read. The list feeds help, docs, doctor and what is kept from an agent. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly default?: string;
  /** Holds a secret: its value is never shown, and never handed to an agent. */
  readonly sensitive?: true;
}

export const VARIABLES: readonly Variable[] = [
  { name: 'CODEMIE_HOME', meaning: 'folder of settings, logs and file stores', default: '~/.codemie' },
  { name: 'CODEMIE_PROFILE', meaning: 'profile to use' },
  { name: 'CODEMIE_URL', meaning: 'address of the platform' },
  { name: 'CODEMIE_BASE_URL', meaning: 'address of the platform, older name of CODEMIE_URL' },
  { name: 'CODEMIE_PROVIDER', meaning: 'provider of the profile' },
  { name: 'CODEMIE_MODEL', meaning: 'model to use' },
  { name: 'CODEMIE_PROJECT', meaning: 'project the work is counted to' },
  { name: 'CODEMIE_INTEGRATION_ID', meaning: 'integration of the platform the work is charged to' },
  {
    name: 'CODEMIE_JWT_TOKEN',
    meaning: 'platform JWT (a profile may name another variable)',
    sensitive: true,
  },
  { name: 'CODEMIE_API_KEY', meaning: 'key of a model provider', sensitive: true },
  { name: 'CODEMIE_ISSUER', meaning: 'OpenID provider, when the platform does not name it' },
  { name: 'CODEMIE_CLIENT_ID', meaning: 'OAuth client to sign in as', default: 'codemie-cli' },
  { name: 'CODEMIE_ID_TOKEN', meaning: 'identity token of a pipeline, for --ci', sensitive: true },
  { name: 'CODEMIE_ID_TOKEN_FILE', meaning: 'file with the identity token of a pipeline, for --ci' },
  { name: 'CODEMIE_CI_AUDIENCE', meaning: 'audience of that identity token', default: 'the issuer' },
  {
    name: 'CODEMIE_CI_GRANT',
    meaning: 'client-assertion, jwt-bearer or token-exchange',
    default: 'what the issuer offers',
  },
  { name: 'CODEMIE_AUTH_METHOD', meaning: 'sso, jwt or api-key' },
  { name: 'CODEMIE_PASSPHRASE', meaning: 'passphrase of the encrypted credential file', sensitive: true },
  { name: 'CODEMIE_TIMEOUT', meaning: 'longest run of an agent' },
  { name: 'CODEMIE_DEBUG', meaning: 'true: debug log on stderr, redacted' },
  { name: 'CODEMIE_PROXY_PORT', meaning: 'fixed port of the gateway', default: 'any free port' },
  { name: 'HTTP_PROXY', meaning: 'proxy for http addresses' },
  { name: 'HTTPS_PROXY', meaning: 'proxy for https addresses' },
  { name: 'NO_PROXY', meaning: 'hosts reached without the proxy' },
  { name: 'NODE_EXTRA_CA_CERTS', meaning: 'file of certificates added to the default roots' },
  { name: 'CODEMIE_CA_FILE', meaning: 'file of certificates (PEM) added to the default roots' },
  { name: 'NO_COLOR', meaning: 'any value: no colour' },
  { name: 'FORCE_COLOR', meaning: 'any value but 0: colour even without a terminal' },
  { name: 'BROWSER', meaning: 'command that opens a web page; none: never open one' },
  { name: 'DO_NOT_TRACK', meaning: 'any value but 0: nothing is sent even where metrics is on' },
  { name: 'CI', meaning: 'set by pipelines: no questions, no animation' },
];
