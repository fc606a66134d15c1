import type { ExitName } from './exit-codes.ts';

interface ErrorRow {
  readonly exit: ExitName;
  /** One line for the reference, without a full stop. */
  readonly meaning: string;
}

/**
 * Every error code with the exit it ends in. Scripts rely on both; sentences may change. The reference is generated
 * from this table.
 */
export const ERROR_CODES = {
  ACCESS_DENIED: { exit: 'denied', meaning: 'you are signed in, but not allowed to do this' },
  ACCOUNT_DEACTIVATED: { exit: 'denied', meaning: 'your account is deactivated' },
  ACCOUNT_UNVERIFIED: { exit: 'denied', meaning: 'your email address is not verified yet' },
  AGENT_FAILED: { exit: 'failed', meaning: 'the agent could not be started' },
  AGENT_HOME: { exit: 'failed', meaning: 'the agent’s private home could not be created' },
  AGENT_MISSING: { exit: 'failed', meaning: 'the agent is not installed' },
  AGENT_PROVIDER: { exit: 'usage', meaning: 'the agent does not work with this model provider' },
  AGENT_TIMEOUT: { exit: 'failed', meaning: 'the agent ran longer than --timeout' },
  AUTH_EXPIRED: { exit: 'auth', meaning: 'the session or token has expired' },
  AUTH_IDENTITY_CHANGED: { exit: 'auth', meaning: 'the session now belongs to another person or issuer' },
  AUTH_MALFORMED: { exit: 'auth', meaning: 'the token or API key is malformed' },
  AUTH_MISSING: { exit: 'auth', meaning: 'you are not signed in' },
  AUTH_NOT_RENEWABLE: { exit: 'auth', meaning: 'this kind of sign-in cannot be refreshed' },
  AUTH_NOT_YET_VALID: { exit: 'auth', meaning: 'the token is not valid yet' },
  AUTH_REFUSED: { exit: 'auth', meaning: 'the server rejected the session, token or API key' },
  AUTH_RENEWAL_FAILED: { exit: 'auth', meaning: 'the identity provider did not refresh the session' },
  AUTH_REVOKED: { exit: 'auth', meaning: 'the server ended the session' },
  AUTH_SIGNATURE: { exit: 'auth', meaning: 'the signature of the token does not match its issuer' },
  AUTH_UNCERTAIN: {
    exit: 'auth',
    meaning: 'the server rejected the session without a reason; this may pass',
  },
  BACKGROUND_FAILED: { exit: 'failed', meaning: 'the background process did not start' },
  BROWSER_ADDRESS: { exit: 'failed', meaning: 'an address that is not a web page was not opened' },
  CALLBACK_PORT: { exit: 'failed', meaning: 'the port for the sign-in callback could not be opened' },
  CANCELLED: { exit: 'usage', meaning: 'you answered no' },
  CA_FILE: { exit: 'config', meaning: 'the file of CA certificates cannot be used' },
  CI_IDENTITY: { exit: 'auth', meaning: 'the pipeline’s identity token is missing or cannot be used' },
  CI_REFUSED: { exit: 'auth', meaning: 'the identity provider rejected the pipeline’s identity token' },
  CI_UNSUPPORTED: {
    exit: 'failed',
    meaning: 'the identity provider accepts no identity tokens of pipelines',
  },
  CLOCK_SKEW: { exit: 'failed', meaning: 'the clock of this computer is wrong' },
  CONFIG_BROKEN: { exit: 'config', meaning: 'a settings file is not valid JSON' },
  CONFIG_HOLDS_SECRET: {
    exit: 'store',
    meaning: 'a key would have been written to the settings in plain text',
  },
  CONFIG_INVALID: { exit: 'config', meaning: 'a setting has an invalid value' },
  CONFIG_UNTRUSTED: { exit: 'config', meaning: 'this folder’s settings are not trusted' },
  DESTINATION_REFUSED: {
    exit: 'denied',
    meaning: 'a server pointed to an address that is closer to you than the server itself',
  },
  DEVICE_ADDRESS: {
    exit: 'failed',
    meaning: 'the identity provider named an unsafe page for the device code',
  },
  DEVICE_UNSUPPORTED: { exit: 'failed', meaning: 'the identity provider does not offer device codes' },
  DISK_FULL: { exit: 'store', meaning: 'there is no space left to write to' },
  FILES_CLOSED: { exit: 'store', meaning: 'a file or folder cannot be read or written' },
  FILE_IN_USE: { exit: 'store', meaning: 'a file is in use by another program' },
  GATEWAY_PORT: { exit: 'failed', meaning: 'the port of the gateway could not be opened' },
  GATEWAY_RUNNING: { exit: 'failed', meaning: 'the gateway is already running, or did not stop' },
  GATEWAY_SILENT: { exit: 'failed', meaning: 'the gateway does not answer' },
  GATEWAY_TOO_LARGE: {
    exit: 'unreachable',
    meaning: 'a large request could not be sent again after a refresh',
  },
  GUARDED: { exit: 'auth', meaning: 'the server answers only after you sign in' },
  HAND_OFF_UNUSABLE: { exit: 'failed', meaning: 'the server did not say who signed in' },
  HOME_SHARED: { exit: 'config', meaning: 'other people can write to the folder of your settings' },
  HOME_UNKNOWN: { exit: 'config', meaning: 'your home folder is unknown' },
  INPUT_REQUIRED: { exit: 'usage', meaning: 'a value is missing, and there is no terminal to ask on' },
  INSTALL_FAILED: { exit: 'failed', meaning: 'the agent could not be installed' },
  INTEGRATION_ID: { exit: 'usage', meaning: 'the integration ID is invalid' },
  INTERNAL: { exit: 'failed', meaning: 'unexpected error' },
  INTERRUPTED: { exit: 'sigint', meaning: 'ended by SIGINT (Ctrl-C)' },
  HUNG_UP: { exit: 'sighup', meaning: 'ended by SIGHUP' },
  TERMINATED: { exit: 'sigterm', meaning: 'ended by SIGTERM' },
  ISSUER_INVALID: { exit: 'failed', meaning: 'the server does not work as the identity provider' },
  KEYCLOAK_ABSENT: { exit: 'unreachable', meaning: 'the address is not a Keycloak server' },
  KEYCLOAK_FAILED: { exit: 'unreachable', meaning: 'Keycloak failed (5xx); its log names the reason' },
  KEYCLOAK_LOGIN: { exit: 'auth', meaning: 'the account for Keycloak is missing, or Keycloak rejected it' },
  KEYCLOAK_REALM: { exit: 'usage', meaning: 'the Keycloak server has no realm with this name' },
  KEYCLOAK_REJECTED: { exit: 'failed', meaning: 'Keycloak rejected a request (another 4xx)' },
  LOCK_TIMEOUT: { exit: 'failed', meaning: 'another codemie process has held a lock for too long' },
  MCP_SERVER_EXISTS: { exit: 'usage', meaning: 'the agent already has another MCP server with this name' },
  MCP_SERVER_UNKNOWN: { exit: 'config', meaning: 'the agent has no such MCP server that codemie added' },
  MODEL_UNKNOWN: { exit: 'usage', meaning: 'the model does not exist or is not available to you' },
  NOT_A_PLATFORM: { exit: 'unreachable', meaning: 'the address is not a CodeMie server' },
  NO_MODEL: { exit: 'denied', meaning: 'you do not have access to any models' },
  NPM_MISSING: { exit: 'failed', meaning: 'npm could not be started' },
  OUTPUT_LOST: { exit: 'failed', meaning: 'not all output could be written' },
  PASSPHRASE_EMPTY: { exit: 'usage', meaning: 'the passphrase is empty' },
  PLATFORM_FAILED: {
    exit: 'unreachable',
    meaning: 'the platform failed or is overloaded (5xx, 429); this may pass',
  },
  PLATFORM_REJECTED: { exit: 'failed', meaning: 'the platform rejected a request (another 4xx)' },
  PROFILE_AMBIGUOUS: { exit: 'usage', meaning: 'several profiles match' },
  PROFILE_EXISTS: { exit: 'usage', meaning: 'a profile with this name already exists' },
  PROFILE_UNKNOWN: { exit: 'config', meaning: 'there is no profile with this name' },
  PROJECT_NAME: { exit: 'usage', meaning: 'the project name is invalid' },
  PROJECT_UNKNOWN: { exit: 'usage', meaning: 'the project does not exist or is not available to you' },
  PROVIDER_FAILED: { exit: 'failed', meaning: 'the model provider answered with something unexpected' },
  PROVIDER_UNKNOWN: { exit: 'usage', meaning: 'there is no provider with this name' },
  PROVIDER_UNSUPPORTED: { exit: 'config', meaning: 'the profile uses a provider that is not supported' },
  PROXY_INVALID: { exit: 'config', meaning: 'the HTTP proxy in the environment cannot be used' },
  RESPONSE_MALFORMED: { exit: 'failed', meaning: 'a server answered with something other than JSON' },
  RESPONSE_TOO_LARGE: { exit: 'failed', meaning: 'a server answered with too much data' },
  SANDBOX_NOT_RUNNING: { exit: 'failed', meaning: 'no sandbox is running' },
  SANDBOX_PORT: { exit: 'failed', meaning: 'the port of the sandbox could not be opened' },
  SANDBOX_SILENT: { exit: 'failed', meaning: 'the sandbox does not answer' },
  SANDBOX_USER: { exit: 'usage', meaning: 'the sandbox has no user with this name' },
  SHIM_UNKNOWN: { exit: 'failed', meaning: 'a Windows script cannot be started safely' },
  SIGN_IN_DENIED: { exit: 'denied', meaning: 'the sign-in was denied' },
  SIGN_IN_FAILED: { exit: 'failed', meaning: 'the answer to a sign-in could not be used' },
  SIGN_IN_NOT_BEGUN: { exit: 'failed', meaning: 'there is no started sign-in to finish' },
  SIGN_IN_OTHER_PERSON: { exit: 'denied', meaning: 'someone else signed in than the person named with --as' },
  SIGN_IN_SCOPE: { exit: 'failed', meaning: 'the identity provider does not grant the requested scopes' },
  SIGN_IN_TIMEOUT: { exit: 'timeout', meaning: 'the sign-in was not finished in time' },
  SIGN_IN_UNSUPPORTED: { exit: 'failed', meaning: 'the server does not offer this way to sign in' },
  STORE_DAMAGED: { exit: 'store', meaning: 'the stored sign-in is damaged, or the passphrase is wrong' },
  STORE_LOCKED: { exit: 'store', meaning: 'the keychain is locked' },
  STORE_NEWER: { exit: 'store', meaning: 'the stored sign-in was saved by a newer version' },
  STORE_TIMEOUT: { exit: 'store', meaning: 'the keychain did not answer' },
  STORE_UNAVAILABLE: { exit: 'store', meaning: 'no keychain is available' },
  TLS_UNTRUSTED: { exit: 'unreachable', meaning: 'the TLS certificate of the server is not trusted' },
  TOKEN_RESPONSE_MALFORMED: {
    exit: 'failed',
    meaning: 'the token endpoint sent an answer that cannot be used',
  },
  TOKEN_UNSUPPORTED: { exit: 'auth', meaning: 'this kind of sign-in has no token to print' },
  UNREACHABLE: { exit: 'unreachable', meaning: 'the server could not be reached' },
  UPLOAD_STALLED: { exit: 'unreachable', meaning: 'the platform stopped reading a request' },
  URL_INSECURE: { exit: 'usage', meaning: 'the address is not encrypted (https)' },
  URL_INVALID: { exit: 'usage', meaning: 'the address is not a URL' },
  USAGE: { exit: 'usage', meaning: 'a flag, argument or value is wrong' },
  WORKSPACE_UNTRUSTED: { exit: 'config', meaning: 'the agent does not trust this folder' },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** A code of the table; a typo does not compile. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** @returns whether a text (of another process, of a file) is one of our codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERROR_CODES, text);
}
