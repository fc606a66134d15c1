import { serverUrl } from '../../mcp/server-url.ts';
import type { McpSettings } from '../../mcp/settings.ts';
import type { StoreName } from '../../secrets/store.ts';
import { parseTimeout } from '../../system/duration.ts';
import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import { parsePort } from '../../system/port.ts';
import { Secret } from '../../system/secret.ts';
import type { OptionValues } from '../spec.ts';
import { headersFrom, variableIn } from './headers.ts';

/** A value, and the flag or the variable that it came from: errors name it. */
interface Given {
  readonly value: string;
  readonly source: string;
}

/**
 * Settings from arguments and variables; arguments win. `.mcp.json` has both.
 *
 * @throws USAGE that names the flag or the variable, URL_INVALID or URL_INSECURE (2).
 */
export function mcpSettings(address: string, options: OptionValues, env: Env): McpSettings {
  const given = (flag: string, variable: string): Given | undefined => {
    const value = options.text(flag);
    if (value !== undefined) return { value, source: `--${flag}` };
    const set = env[variable] || undefined;
    return set === undefined ? undefined : { value: set, source: variable };
  };
  const isOn = (flag: string, variable: string): boolean => options.on(flag) || isSet(env, variable);
  const scope = given('oauth-scope', 'CODEMIE_MCP_OAUTH_SCOPE')?.value;
  const metadata = given('client-metadata-url', 'CODEMIE_MCP_CLIENT_METADATA_URL');
  const startLimit = given('start-limit', 'CODEMIE_MCP_START_LIMIT') ?? { value: '28s', source: '' };
  return {
    url: serverUrl(address),
    transport: transportIn(given('transport', 'CODEMIE_MCP_TRANSPORT')),
    headers: headersFrom(options, env),
    clientName: env['MCP_CLIENT_NAME'] || 'CodeMie CLI',
    ...clientFrom(options, env, given('client-id', 'CODEMIE_MCP_CLIENT_ID')?.value),
    ...(metadata === undefined ? {} : { clientMetadataUrl: metadataUrl(metadata) }),
    ...(scope === undefined ? {} : { scope }),
    sendResource: !isOn('no-resource', 'CODEMIE_MCP_NO_RESOURCE'),
    allowMissingPkce: isOn('allow-missing-pkce-metadata', 'CODEMIE_MCP_ALLOW_MISSING_PKCE'),
    callback: callbackFrom(options, env),
    ...tokenStoreFrom(options, env),
    openBrowser: !options.on('no-browser'),
    timeoutMs: spanIn(given('timeout', 'CODEMIE_MCP_TIMEOUT') ?? { value: '2m', source: '' }),
    ...(startLimit.value === 'off' ? {} : { startLimitMs: spanIn(startLimit) }),
  };
}

function isSet(env: Env, variable: string): boolean {
  const value = env[variable] ?? '';
  if (/^(|0|false)$/i.test(value)) return false;
  if (/^(1|true)$/i.test(value)) return true;
  throw usageError(`${variable} is 1 or 0, not "${value}".`);
}

/** The secret is never an argument: `ps` shows arguments. */
function clientFrom(options: OptionValues, env: Env, id: string | undefined): Pick<McpSettings, 'client'> {
  const named = options.text('client-secret-env');
  const secret = variableIn(env, named ?? 'CODEMIE_MCP_CLIENT_SECRET');
  if (named !== undefined && secret === undefined)
    throw usageError(`--client-secret-env names ${named}, and that variable is not set.`);
  if (named !== undefined && id === undefined)
    throw usageError('--client-secret-env needs the client that the secret belongs to.', {
      hint: 'Add --client-id.',
    });
  if (id === undefined) return {};
  return { client: { id, ...(secret === undefined ? {} : { secret: new Secret(secret) }) } };
}

/** `file` is the encrypted file. An unencrypted one is named in full, as everywhere. */
const TOKEN_STORES: Readonly<Record<string, StoreName>> = {
  keychain: 'keychain',
  file: 'encrypted-file',
  'encrypted-file': 'encrypted-file',
  'plaintext-file': 'plaintext-file',
};

function tokenStoreFrom(options: OptionValues, env: Env): Pick<McpSettings, 'tokenStore'> {
  const named = env['CODEMIE_MCP_TOKEN_STORE'] ?? '';
  if (named === '') return options.on('persist') ? { tokenStore: 'keychain' } : {};
  const tokenStore = TOKEN_STORES[named];
  if (tokenStore !== undefined) return { tokenStore };
  throw usageError(`CODEMIE_MCP_TOKEN_STORE is keychain or file, not "${named}".`);
}

function transportIn(given: Given | undefined): McpSettings['transport'] {
  const { value, source } = given ?? { value: 'auto', source: '' };
  if (value === 'auto' || value === 'http' || value === 'sse') return value;
  throw usageError(`${source} is auto, http or sse, not "${value}".`);
}

function metadataUrl({ value, source }: Given): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' && url.pathname !== '/') return value;
  throw usageError(`${source} is not the URL of a client ID metadata document.`, {
    hint: 'For example: https://example.com/oauth/client.json',
  });
}

const spanIn = ({ value, source }: Given): number => parseTimeout(value, source);

const CALLBACK = /^(localhost|127\.0\.0\.1)(?::(\d{1,6}))?(\/[^?#\s]*)?$/;
const VARIABLE = 'CODEMIE_MCP_CALLBACK';

function callbackFrom(options: OptionValues, env: Env): McpSettings['callback'] {
  const named = env[VARIABLE] ?? '';
  const parts = CALLBACK.exec(named);
  if (named !== '' && parts === null)
    throw usageError(`${VARIABLE} has the form host:port/path, such as localhost:33418/callback.`);
  const [, namedHost, namedPort = '0', namedPath = '/callback'] = parts ?? [];
  const host = options.text('callback-host') ?? namedHost;
  const port = options.text('callback-port');
  const path = options.text('callback-path') ?? namedPath;
  if (!/^\/[^?#\s]*$/.test(path)) throw usageError('--callback-path starts with a slash, such as /callback.');
  return {
    host: host === '127.0.0.1' ? host : 'localhost',
    port: port === undefined ? parsePort(namedPort, VARIABLE) : parsePort(port, '--callback-port'),
    path,
  };
}
