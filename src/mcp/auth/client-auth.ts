import { type StoredOAuthClientInformation, selectClientAuthMethod } from '@modelcontextprotocol/client';

/**
 * Signs a token request as the client (RFC 6749 §2.3.1), in the way that the server's metadata allows: Basic, the secret in
 * the body, or the id alone. A server that issued a secret means it to be used, even if none was asked for.
 *
 * @param supported `token_endpoint_auth_methods_supported`; empty where the metadata names none.
 */
export function signAsClient(
  client: StoredOAuthClientInformation,
  supported: readonly string[],
  headers: Headers,
  params: URLSearchParams,
): void {
  const { client_id: id, client_secret: secret } = client;
  const { token_endpoint_auth_method: registered, ...plain } = client as typeof client & {
    token_endpoint_auth_method?: string;
  };
  const isSecretIgnored = secret !== undefined && registered === 'none';
  const method = selectClientAuthMethod(isSecretIgnored ? plain : client, [...supported]);
  if (method === 'client_secret_basic' && secret !== undefined) {
    headers.set('authorization', `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`);
    return;
  }
  params.set('client_id', id);
  if (method === 'client_secret_post' && secret !== undefined) params.set('client_secret', secret);
}

/**
 * A program on a person's machine keeps no secret (RFC 8252 §8.4), but takes one where the server has nothing else.
 *
 * @param supported `token_endpoint_auth_methods_supported`; undefined where the metadata names none.
 */
export function methodToRegister(supported: readonly string[] | undefined): string {
  if (supported === undefined || supported.includes('none')) return 'none';
  return ['client_secret_basic', 'client_secret_post'].find((one) => supported.includes(one)) ?? 'none';
}

/** RFC 6749 Appendix B: a colon in an id, and what no header can carry, would break Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
