import type { OAuthClientProvider, OAuthDiscoveryState } from '@modelcontextprotocol/client';
import { isLoopbackHost } from '../../net/origin.ts';
import { rememberSecret } from '../../system/redact.ts';
import { McpError } from '../errors.ts';
import type { McpSettings } from '../settings.ts';
import type { AuthSession } from './session.ts';

export interface ProviderOptions {
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly redirectUri: string;
  readonly state: string;
  /** Sends the person to the authorization server. */
  readonly onAuthorize: (url: URL) => void;
  readonly now: () => number;
}

/**
 * One run of the authorization code flow as the SDK drives it (RFC 6749 §4.1 with PKCE). It holds the checks the SDK
 * leaves to its users: PKCE must be announced, and the authorization endpoint must be a web address.
 */
export function authProvider(options: ProviderOptions): OAuthClientProvider {
  const { settings, session, redirectUri, state } = options;
  return {
    redirectUrl: redirectUri,
    ...(settings.clientMetadataUrl === undefined ? {} : { clientMetadataUrl: settings.clientMetadataUrl }),
    clientMetadata: {
      client_name: settings.clientName,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: settings.client?.secret === undefined ? 'none' : 'client_secret_basic',
      application_type: 'native',
    },
    state: () => state,
    clientInformation: () => {
      if (settings.client !== undefined) {
        const { id, secret } = settings.client;
        return { client_id: id, ...(secret === undefined ? {} : { client_secret: secret.reveal() }) };
      }
      // A registration holds for the redirect URI it was made with.
      return session.redirectUri === redirectUri ? session.client : undefined;
    },
    saveClientInformation: (client) => {
      if (client.client_secret !== undefined) rememberSecret(client.client_secret);
      session.client = client;
      session.redirectUri = redirectUri;
    },
    tokens: () => session.tokens,
    saveTokens: (tokens) => {
      for (const value of [tokens.access_token, tokens.refresh_token, tokens.id_token])
        if (value !== undefined) rememberSecret(value);
      session.tokens = tokens;
      session.expiresAt =
        tokens.expires_in === undefined ? undefined : options.now() + tokens.expires_in * 1000;
    },
    redirectToAuthorization: (url) => {
      if (session.failure !== undefined) throw session.failure;
      requireWebAddress(url, settings.url);
      if (settings.sendResource && session.discovery?.resourceMetadata === undefined)
        url.searchParams.set('resource', resourceOf(settings.url));
      options.onAuthorize(url);
    },
    saveCodeVerifier: (verifier) => {
      rememberSecret(verifier);
      session.verifier = verifier;
    },
    codeVerifier: () => session.verifier ?? '',
    saveDiscoveryState: (discovery) => {
      requirePkce(discovery, settings);
      requireRegistration(discovery, settings);
      session.discovery = discovery;
    },
    discoveryState: () => session.discovery,
    invalidateCredentials: (what) => {
      if (what === 'all' || what === 'tokens') session.tokens = undefined;
      if (what === 'all' || what === 'client') session.client = undefined;
      if (what === 'all' || what === 'verifier') session.verifier = undefined;
      if (what === 'all' || what === 'discovery') session.discovery = undefined;
    },
    ...(settings.sendResource ? {} : { validateResourceURL: async () => undefined }),
    ...(settings.sendResource || settings.scope === undefined
      ? {}
      : { scopeForRefresh: () => settings.scope }),
  };
}

/** The MCP server's own address without a fragment, as RFC 8707 §2 wants it. */
export function resourceOf(server: URL): string {
  const url = new URL(server);
  url.hash = '';
  return url.pathname === '/' && !server.href.includes('/?') ? url.href.replace(/\/$/, '') : url.href;
}

/** The authorization specification of MCP: a client refuses a server that does not announce PKCE with S256. */
function requirePkce(discovery: OAuthDiscoveryState, settings: McpSettings): void {
  const methods = discovery.authorizationServerMetadata?.code_challenge_methods_supported;
  if (methods?.includes('S256') === true) return;
  if (methods === undefined && settings.allowMissingPkce) return;
  const { host } = new URL(discovery.authorizationServerUrl);
  throw new McpError(
    'MCP_PKCE_UNSUPPORTED',
    methods === undefined
      ? `The sign-in server ${host} does not say that it supports PKCE (code_challenge_methods_supported is missing from its metadata).`
      : `The sign-in server ${host} does not support PKCE with S256.`,
    methods === undefined
      ? 'If you know that it does, add --allow-missing-pkce-metadata (CODEMIE_MCP_ALLOW_MISSING_PKCE=1).'
      : 'Ask whoever runs the server to enable PKCE with S256.',
  );
}

/** A server without registration needs a client that is known there. */
function requireRegistration(discovery: OAuthDiscoveryState, settings: McpSettings): void {
  const metadata = discovery.authorizationServerMetadata;
  const byDocument =
    metadata?.client_id_metadata_document_supported === true && settings.clientMetadataUrl !== undefined;
  if (settings.client !== undefined || byDocument || metadata?.registration_endpoint !== undefined) return;
  throw new McpError(
    'MCP_REGISTRATION_REFUSED',
    `The sign-in server ${new URL(discovery.authorizationServerUrl).host} does not let programs register themselves.`,
    REGISTER_BY_HAND,
  );
}

/** The way out where a server has no registration, or refuses one. */
export const REGISTER_BY_HAND =
  'Register a client there by hand and name it with --client-id (CODEMIE_MCP_CLIENT_ID).';

const LONGEST_URL = 8192;

/** RFC 9700 §4: a browser is sent to https, or to http on this machine when the MCP server is there too. */
function requireWebAddress(url: URL, server: URL): void {
  const isFine =
    (url.protocol === 'https:' ||
      (url.protocol === 'http:' && isLoopbackHost(url.hostname) && isLoopbackHost(server.hostname))) &&
    url.username === '' &&
    url.password === '' &&
    url.href.length <= LONGEST_URL;
  if (isFine) return;
  throw new McpError(
    'MCP_SIGN_IN_FAILED',
    `The sign-in page of ${server.host} is not a web address that can be opened safely (${url.protocol}//${url.host}).`,
    'Ask whoever runs the server to correct authorization_endpoint in its metadata.',
  );
}
