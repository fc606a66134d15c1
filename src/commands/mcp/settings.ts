import type { McpSettings } from '../../mcp/settings.ts';
import { requireSecure } from '../../net/origin.ts';
import type { StoreName } from '../../secrets/store.ts';
import { parseDuration } from '../../system/duration.ts';
import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import { parsePort } from '../../system/port.ts';
import { Secret } from '../../system/secret.ts';
import type { OptionValues } from '../spec.ts';
import { headersFrom } from './headers.ts';

/**
 * Settings from arguments and variables; arguments win. `.mcp.json` has both.
 *
 * @throws USAGE, URL_INVALID or URL_INSECURE (2).
 */
export function mcpSettings(address: string, options: OptionValues, env: Env): McpSettings {
  const given = (flag: string, variable: string): string | undefined =>
    options.text(flag) ?? (env[variable] || undefined);
  const isOn = (flag: string, variable: string): boolean =>
    options.on(flag) || /^(1|true)$/.test(env[variable] ?? '');
  const id = given('client-id', 'CODEMIE_MCP_CLIENT_ID');
  const secret = env[options.text('client-secret-env') ?? 'CODEMIE_MCP_CLIENT_SECRET'];
  const scope = given('oauth-scope', 'CODEMIE_MCP_OAUTH_SCOPE');
  const metadata = given('client-metadata-url', 'CODEMIE_MCP_CLIENT_METADATA_URL');
  const startLimit = given('start-limit', 'CODEMIE_MCP_START_LIMIT') ?? '28s';
  return {
    url: serverUrl(address),
    transport: transportIn(given('transport', 'CODEMIE_MCP_TRANSPORT') ?? 'auto'),
    headers: headersFrom(options, env),
    clientName: env['MCP_CLIENT_NAME'] || 'CodeMie CLI',
    ...(id === undefined ? {} : { client: { id, ...(secret ? { secret: new Secret(secret) } : {}) } }),
    ...(metadata === undefined ? {} : { clientMetadataUrl: metadata }),
    ...(scope === undefined ? {} : { scope }),
    sendResource: !isOn('no-resource', 'CODEMIE_MCP_NO_RESOURCE'),
    allowMissingPkce: isOn('allow-missing-pkce-metadata', 'CODEMIE_MCP_ALLOW_MISSING_PKCE'),
    callback: callbackFrom(options, env),
    ...tokenStoreFrom(options, env),
    openBrowser: !options.on('no-browser'),
    timeoutMs: parseDuration(given('timeout', 'CODEMIE_MCP_TIMEOUT') ?? '2m', '--timeout'),
    ...(startLimit === 'off' ? {} : { startLimitMs: parseDuration(startLimit, '--start-limit') }),
  };
}

function serverUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw usageError(
      'The argument is not the address of an MCP server.',
      { hint: 'For example: https://mcp.example.com/mcp' },
      'URL_INVALID',
    );
  }
  requireSecure(url);
  url.hash = '';
  return url;
}

function transportIn(name: string): McpSettings['transport'] {
  if (name === 'auto' || name === 'http' || name === 'sse') return name;
  throw usageError(`CODEMIE_MCP_TRANSPORT is auto, http or sse, not "${name}".`);
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

const CALLBACK = /^(localhost|127\.0\.0\.1)(?::(\d{1,5}))?(\/[^?#\s]*)?$/;

function callbackFrom(options: OptionValues, env: Env): McpSettings['callback'] {
  const named = env['CODEMIE_MCP_CALLBACK'] ?? '';
  const parts = CALLBACK.exec(named);
  if (named !== '' && parts === null) {
    const form = 'localhost:33418/callback';
    throw usageError(`CODEMIE_MCP_CALLBACK has the form host:port/path, such as ${form}.`);
  }
  const [, namedHost, namedPort = '0', namedPath = '/callback'] = parts ?? [];
  const host = options.text('callback-host') ?? namedHost;
  const port = options.text('callback-port') ?? namedPort;
  const path = options.text('callback-path') ?? namedPath;
  if (!/^\/[^?#\s]*$/.test(path)) throw usageError('--callback-path starts with a slash, such as /callback.');
  return { host: host === '127.0.0.1' ? host : 'localhost', port: parsePort(port, '--callback-port'), path };
}
