import { createHash } from 'node:crypto';
import { randomHex } from '../../system/digest.ts';
import { Secret } from '../../system/secret.ts';
import type { ApiOptions } from '../options.ts';
import type { PendingSignIn, Visitor } from './sessions.ts';

/** The client of the web page at the sandbox's own OpenID provider. */
export const WEB_CLIENT = 'codemie-web';
export const CALLBACK_PATH = '/settings/callback';
export const SIGNED_OUT_PATH = '/settings/signed-out';

/** The addresses that the provider may send the browser back to. @param origin of the sandbox. */
export const callbackOf = (origin: string): string => `${origin}${CALLBACK_PATH}`;
export const signedOutOf = (origin: string): string => `${origin}${SIGNED_OUT_PATH}`;

export interface OpenId {
  /** Begins a sign-in: authorization code with PKCE. @returns what to keep, and where the browser goes. */
  begin(to: string): { readonly pending: PendingSignIn; readonly location: string };
  /** @returns the tokens for a code, or undefined when the provider refuses it. */
  redeem(code: string, pending: PendingSignIn): Promise<Tokens | undefined>;
  renew(refresh: Secret): Promise<Tokens | undefined>;
  /** Where the browser goes to end the session at the provider. */
  readonly signOut: string;
}

type Tokens = Extract<Visitor, { kind: 'tokens' }>;

/** @param provider addresses of the identity provider. @param origin of the sandbox. */
export function createOpenId({ provider, origin }: Pick<ApiOptions, 'provider' | 'origin'>): OpenId {
  const redirect_uri = callbackOf(origin);
  const request = async (parameters: Readonly<Record<string, string>>): Promise<Tokens | undefined> => {
    const body = new URLSearchParams({ client_id: WEB_CLIENT, ...parameters });
    const answer = await fetch(provider.token, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(30_000),
    });
    const { access_token, refresh_token } = (await answer.json()) as Partial<Record<string, string>>;
    if (!answer.ok || access_token === undefined) return undefined;
    return {
      kind: 'tokens',
      access: new Secret(access_token),
      refresh: refresh_token === undefined ? undefined : new Secret(refresh_token),
    };
  };
  const soft = (work: Promise<Tokens | undefined>): Promise<Tokens | undefined> =>
    work.catch(() => undefined);
  return {
    begin: (to) => {
      const pending = { state: randomHex(16), verifier: randomHex(32), to };
      const query = new URLSearchParams({
        client_id: WEB_CLIENT,
        redirect_uri,
        response_type: 'code',
        scope: 'openid profile email',
        state: pending.state,
        code_challenge: createHash('sha256').update(pending.verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      return { pending, location: `${provider.authorization}?${query}` };
    },
    redeem: (code, { verifier: code_verifier }) =>
      soft(request({ grant_type: 'authorization_code', code, redirect_uri, code_verifier })),
    renew: (refresh) => soft(request({ grant_type: 'refresh_token', refresh_token: refresh.reveal() })),
    signOut: `${provider.signOut}?${new URLSearchParams({ client_id: WEB_CLIENT, post_logout_redirect_uri: signedOutOf(origin) })}`,
  };
}
