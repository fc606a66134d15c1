import type { StoredOAuthClientInformation, StoredOAuthTokens } from '@modelcontextprotocol/client';
import { damaged, newer } from '../../secrets/errors.ts';
import type { TextStore } from '../../secrets/store.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { type AuthSession, rememberSecrets } from '../auth/session.ts';

const VERSION = 1;

/** What the secret store holds for one MCP server. The SDK compares the issuer in tokens and client before it uses them. */
export type StoredSignIn = Readonly<
  Pick<AuthSession, 'tokens' | 'expiresAt' | 'client' | 'redirectUri' | 'scope' | 'revocationEndpoint'>
>;

/** @returns what a store has under an id; undefined if it has nothing. @throws as `deserialize`. */
export async function readStored(store: TextStore, id: string): Promise<StoredSignIn | undefined> {
  const text = await store.read(id);
  return text === undefined ? undefined : deserialize(text, store.where(id));
}

/** @returns the text to store. Apart from requests, only this text contains the tokens in clear. */
export function serialize(session: AuthSession): string {
  const { tokens, expiresAt, client, redirectUri, scope, discovery, revocationEndpoint } = session;
  return JSON.stringify({
    version: VERSION,
    tokens,
    expiresAt,
    client,
    redirectUri,
    scope,
    revocationEndpoint: discovery === undefined ? revocationEndpoint : discovery.server.revocation_endpoint,
  });
}

/**
 * Parses a text that `serialize` created.
 *
 * @throws STORE_DAMAGED or STORE_NEWER (exit 8). The stored entry is not changed.
 */
export function deserialize(text: string, where: string): StoredSignIn {
  const { version, tokens, expiresAt, client, redirectUri, scope, revocationEndpoint } = objectIn(text) ?? {};
  if (typeof version === 'number' && version > VERSION) throw newer(where);
  if (version !== VERSION || !isTokens(tokens) || !isClient(client)) throw damaged(where);
  rememberSecrets({ tokens, client });
  return {
    tokens,
    client,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : undefined,
    redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
    revocationEndpoint: typeof revocationEndpoint === 'string' ? revocationEndpoint : undefined,
  };
}

function isTokens(value: unknown): value is StoredOAuthTokens | undefined {
  return value === undefined || (isRecord(value) && typeof value['access_token'] === 'string');
}

function isClient(value: unknown): value is StoredOAuthClientInformation | undefined {
  return value === undefined || (isRecord(value) && typeof value['client_id'] === 'string');
}
