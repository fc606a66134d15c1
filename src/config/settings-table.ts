import type { Profile } from './profile.ts';

/**
 * One setting and all its sources. This table is the only list of settings and variables: precedence, folder trust,
 * what is withheld from child processes, help, the reference and `config list` are derived from it. The texts are in
 * `meanings.ts`, so that startup does not load them.
 */
export interface Setting {
  readonly name: string;
  /** The option that sets it, on the commands that take it. */
  readonly flag?: string;
  /** Variables, highest precedence first. */
  readonly env?: readonly string[];
  /** Fields of a profile, highest precedence first. */
  readonly field?: readonly ProfileField[];
  /** Field of the settings file outside the profiles. */
  readonly common?: CommonField;
  /** Whether a folder's settings may set it: always, or only after the user trusted the folder. */
  readonly folderMay?: 'always' | 'trusted';
  /** Its value is never shown, and never passed to a child process. */
  readonly secret?: true;
  readonly default?: string;
}

type ProfileField = keyof Profile | 'codeMieIntegration.id' | 'jwtConfig.tokenEnvVar';
type CommonField = 'activeProfile' | 'caFile' | 'plugin' | 'metrics';

/** The OAuth client that platforms know this program by. */
export const DEFAULT_CLIENT = 'codemie-cli';

const TABLE = [
  { name: 'home', env: ['CODEMIE_HOME'] },
  { name: 'profile', flag: '--profile', env: ['CODEMIE_PROFILE'], common: 'activeProfile' },
  {
    name: 'url',
    flag: '--base-url',
    env: ['CODEMIE_URL', 'CODEMIE_BASE_URL'],
    field: ['codeMieUrl', 'baseUrl'],
    folderMay: 'trusted',
  },
  // A platform's URL is never used for a key provider: its key would be sent there.
  {
    name: 'provider-url',
    flag: '--base-url',
    env: ['CODEMIE_BASE_URL'],
    field: ['baseUrl'],
    folderMay: 'trusted',
  },
  {
    name: 'provider',
    flag: '--provider',
    env: ['CODEMIE_PROVIDER'],
    field: ['provider'],
    folderMay: 'trusted',
  },
  { name: 'model', flag: '--model', env: ['CODEMIE_MODEL'], field: ['model'], folderMay: 'always' },
  { name: 'haiku-model', field: ['haikuModel'], folderMay: 'always' },
  { name: 'sonnet-model', field: ['sonnetModel'], folderMay: 'always' },
  { name: 'opus-model', field: ['opusModel'], folderMay: 'always' },
  {
    name: 'project',
    flag: '--project',
    env: ['CODEMIE_PROJECT'],
    field: ['codeMieProject'],
    folderMay: 'always',
  },
  {
    name: 'integration',
    flag: '--integration',
    env: ['CODEMIE_INTEGRATION_ID'],
    field: ['codeMieIntegration.id'],
    folderMay: 'trusted',
  },
  { name: 'token', flag: '--jwt-token', env: ['CODEMIE_JWT_TOKEN'], secret: true },
  { name: 'token-variable', field: ['jwtConfig.tokenEnvVar'], folderMay: 'trusted' },
  { name: 'api-key', env: ['CODEMIE_API_KEY'], secret: true },
  { name: 'issuer', flag: '--issuer', env: ['CODEMIE_ISSUER'], field: ['issuer'], folderMay: 'trusted' },
  {
    name: 'client-id',
    flag: '--client-id',
    env: ['CODEMIE_CLIENT_ID'],
    field: ['clientId'],
    folderMay: 'trusted',
    default: DEFAULT_CLIENT,
  },
  { name: 'id-token', env: ['CODEMIE_ID_TOKEN'], secret: true },
  { name: 'id-token-file', env: ['CODEMIE_ID_TOKEN_FILE'] },
  { name: 'ci-audience', flag: '--audience', env: ['CODEMIE_CI_AUDIENCE'] },
  { name: 'ci-grant', flag: '--grant', env: ['CODEMIE_CI_GRANT'] },
  { name: 'auth-method', env: ['CODEMIE_AUTH_METHOD'], field: ['authMethod'], folderMay: 'trusted' },
  { name: 'passphrase', env: ['CODEMIE_PASSPHRASE'], secret: true },
  { name: 'request-timeout', env: ['CODEMIE_TIMEOUT'] },
  { name: 'debug', env: ['CODEMIE_DEBUG'] },
  { name: 'gateway-port', flag: '--port', env: ['CODEMIE_PROXY_PORT'] },
  { name: 'mcp-allow-hosts', env: ['CODEMIE_MCP_ALLOW_HOSTS'] },
  { name: 'http-proxy', env: ['HTTP_PROXY'] },
  { name: 'https-proxy', env: ['HTTPS_PROXY'] },
  { name: 'no-proxy', env: ['NO_PROXY'] },
  { name: 'node-ca-file', env: ['NODE_EXTRA_CA_CERTS'] },
  { name: 'ca-file', flag: '--ca-file', env: ['CODEMIE_CA_FILE'], common: 'caFile' },
  { name: 'plugin', common: 'plugin', default: 'on' },
  { name: 'metrics', common: 'metrics', default: 'off' },
  { name: 'no-color', flag: '--no-color', env: ['NO_COLOR'] },
  { name: 'force-color', env: ['FORCE_COLOR'] },
  { name: 'browser', env: ['BROWSER'] },
  { name: 'do-not-track', env: ['DO_NOT_TRACK'] },
  { name: 'ci', env: ['CI'] },
] as const satisfies readonly Setting[];

export type SettingName = (typeof TABLE)[number]['name'];
export type NamedSetting = Setting & { readonly name: SettingName };

export const SETTINGS: readonly NamedSetting[] = TABLE;

/** Every variable we read, once. */
export const VARIABLE_NAMES: readonly string[] = [...new Set(SETTINGS.flatMap(({ env = [] }) => env))];

const BY_NAME = new Map<string, NamedSetting>(SETTINGS.map((setting) => [setting.name, setting]));

export function settingNamed(name: SettingName): NamedSetting {
  return BY_NAME.get(name) ?? { name };
}
