import type { StoredOAuthClientInformation, StoredOAuthTokens } from '@modelcontextprotocol/client';
import { rememberSecret } from '../../system/redact.ts';
import type { Discovery } from './discover.ts';

/** What this process knows of the sign-in at one server. A keeper may store some of it. */
export interface AuthSession {
  tokens?: StoredOAuthTokens | undefined;
  /** Ends of the access token, epoch ms; undefined when the server named none. */
  expiresAt?: number | undefined;
  /** A registration, with the redirect URI it was made for. */
  client?: StoredOAuthClientInformation | undefined;
  redirectUri?: string | undefined;
  /** What was asked for so far, separated by spaces. */
  scope?: string | undefined;
  discovery?: Discovery | undefined;
  /** Of a stored sign-in (RFC 7009). */
  revocationEndpoint?: string | undefined;
  verifier?: string | undefined;
  /** Why a refresh got no answer; a browser would not help. */
  failure?: unknown;
}

/** Keeps the secrets of a sign-in out of logs and errors. */
export function rememberSecrets({ tokens, client }: Pick<AuthSession, 'tokens' | 'client'>): void {
  const { access_token, refresh_token, id_token } = tokens ?? {};
  for (const secret of [access_token, refresh_token, id_token, client?.client_secret])
    if (typeof secret === 'string') rememberSecret(secret);
}
