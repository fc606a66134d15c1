import type { OAuthClientProvider, StoredOAuthClientInformation } from '@modelcontextprotocol/client';
import { printable } from '../../system/printable.ts';
import { rememberSecret } from '../../system/redact.ts';
import { McpError } from '../errors.ts';
import type { McpSettings } from '../settings.ts';
import { methodToRegister, signAsClient } from './client-auth.ts';
import { isSameIssuer } from './issuer.ts';
import { type AuthSession, rememberSecrets } from './session.ts';

export interface ProviderOptions {
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly redirectUri: string;
  readonly state: string;
  /** Sends the person to the authorization server. */
  readonly onAuthorize: (url: URL) => void;
  readonly now: () => number;
}

/** One run of the authorization code flow as the SDK drives it (RFC 6749 §4.1 with PKCE) at a server that was found. */
export function authProvider(options: ProviderOptions): OAuthClientProvider {
  const { settings, session, redirectUri, state } = options;
  const clientOf = (issuer: string | undefined): StoredOAuthClientInformation | undefined => {
    const { client } = settings;
    // A registration holds for the redirect URI it was made with.
    if (client === undefined) return session.redirectUri === redirectUri ? session.client : undefined;
    const { id, secret } = client;
    if (issuer !== undefined) {
      requireOwnServer(session, id, issuer, settings.url);
      Object.assign(session, { client: { client_id: id, issuer }, redirectUri: undefined });
    }
    return {
      client_id: id,
      ...(secret === undefined ? {} : { client_secret: secret.reveal() }),
      ...(issuer === undefined ? {} : { issuer }),
    };
  };
  return {
    redirectUrl: redirectUri,
    ...(settings.clientMetadataUrl === undefined ? {} : { clientMetadataUrl: settings.clientMetadataUrl }),
    clientMetadata: {
      client_name: settings.clientName,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: methodToRegister(
        session.discovery?.server.token_endpoint_auth_methods_supported,
      ),
      application_type: 'native',
    },
    state: () => state,
    clientInformation: (server) => clientOf(server?.issuer),
    saveClientInformation: (client) => {
      rememberSecrets({ client });
      session.client = client;
      session.redirectUri = redirectUri;
    },
    tokens: () => session.tokens,
    saveTokens: (tokens) => {
      rememberSecrets({ tokens });
      const life = lifeOf(tokens.expires_in);
      session.tokens = { ...tokens, expires_in: life };
      session.expiresAt = life === undefined ? undefined : options.now() + life * 1000;
    },
    redirectToAuthorization: options.onAuthorize,
    saveCodeVerifier: (verifier) => {
      rememberSecret(verifier);
      session.verifier = verifier;
    },
    codeVerifier: () => session.verifier ?? '',
    discoveryState: () => {
      if (session.discovery === undefined) return undefined;
      const { issuer, server, resource } = session.discovery;
      return {
        authorizationServerUrl: issuer,
        authorizationServerMetadata: server,
        resourceMetadata: resource,
      };
    },
    addClientAuthentication: (headers, params, _url, server) => {
      const client = clientOf(undefined);
      if (client === undefined) return;
      signAsClient(client, server?.token_endpoint_auth_methods_supported ?? [], headers, params);
    },
    invalidateCredentials: (what) => {
      if (what === 'all' || what === 'tokens') session.tokens = undefined;
      if (what === 'all' || what === 'client') session.client = undefined;
      if (what === 'all' || what === 'verifier') session.verifier = undefined;
      if (what === 'all' || what === 'discovery') session.discovery = undefined;
    },
    ...(settings.sendResource ? {} : { validateResourceURL: async () => undefined }),
  };
}

/** @returns a usable lifetime, s, a year at most. A server that sends another value does not say how long a token lives. */
function lifeOf(expiresIn: number | undefined): number | undefined {
  return expiresIn !== undefined && expiresIn >= 0 ? Math.min(expiresIn, 365 * 86_400) : undefined;
}

/** A client that was registered by hand is known at one authorization server. Its secret goes to no other. */
function requireOwnServer({ client }: AuthSession, id: string, issuer: string, server: URL): void {
  const known = client?.client_id === id ? client.issuer : undefined;
  if (known === undefined || isSameIssuer(known, issuer)) return;
  throw new McpError(
    'MCP_SIGN_IN_FAILED',
    `${server.host} now signs in at ${printable(issuer)}, but your client was used at ${printable(known)}.`,
    'If the server has moved, register a client there, name it with --client-id, and reconnect.',
  );
}
