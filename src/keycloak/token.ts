import type { Context } from '../context.ts';
import type { HttpResponse } from '../net/http.ts';
import { withRetries } from '../net/retry.ts';
import { objectIn } from '../system/json.ts';
import { Secret } from '../system/secret.ts';
import type { KeycloakConnection } from './connection.ts';
import { failureOf, isNotReady, notKeycloak, notReady, reaching, refusedLogin } from './errors.ts';

export interface Tokens {
  /** A token that is valid for a while; asks for one if needed. Concurrent callers share one request. */
  fresh(): Promise<Secret>;
  /** A new token, after the server refused this one. */
  after(refused: Secret): Promise<Secret>;
  /** The realm that the tokens are from; undefined before the first one. */
  realm(): string | undefined;
}

/** Tokens of the realm `master` live for 60 s. A token is replaced this long before it expires, ms. */
const AHEAD_MS = 10_000;

const TOKEN = '/protocol/openid-connect/token';

interface Token {
  readonly text: Secret;
  readonly realm: string;
  readonly goodUntil: number;
}

/** Gets tokens with a password or a client secret. Neither grant gives a refresh token that is worth keeping. */
export function createTokens(context: Context, connection: KeycloakConnection): Tokens {
  const { server, realm, adminRealm, login } = connection;
  const ask = withRetries(reaching(context.http), context.clock.sleep, context.limits.pausesMs, () => true);
  const realms = realmsToTry(realm, adminRealm, login.kind);
  let token: Token | undefined;
  let pending: Promise<Token> | undefined;

  const get = async (): Promise<Token> => {
    const refusals: { readonly realm: string; readonly response: HttpResponse }[] = [];
    for (const at of token === undefined ? realms : [token.realm]) {
      const began = context.clock.now();
      const response = await ask({
        url: `${server}/realms/${encodeURIComponent(at)}${TOKEN}`,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: formOf(login),
        signal: context.signal,
      });
      const answer = objectIn(response.body.toString('utf8'));
      const text = answer?.['access_token'];
      if (response.status === 200 && typeof text === 'string') {
        const lifeMs = Number(answer?.['expires_in'] ?? 60) * 1000;
        return {
          text: new Secret(text),
          realm: at,
          goodUntil: began + lifeMs - Math.min(AHEAD_MS, lifeMs / 3),
        };
      }
      if (isNotReady(response)) throw notReady(server, response);
      if (answer?.['error'] === undefined) throw notKeycloak(server, response);
      if (response.status >= 500)
        throw failureOf({ server, realm: at, loginRealm: at, method: 'POST', path: TOKEN, response });
      refusals.push({ realm: at, response });
    }
    throw refusedLogin(connection, refusals);
  };

  const renew = async (): Promise<Secret> => {
    const first = async (): Promise<Token> => {
      try {
        token = await get();
        return token;
      } finally {
        pending = undefined;
      }
    };
    pending ??= first();
    return (await pending).text;
  };
  return {
    fresh: async () =>
      token !== undefined && context.clock.now() < token.goodUntil ? token.text : await renew(),
    // Another request may have renewed the token while the refusal was on its way.
    after: async (refused) =>
      token === undefined || token.text.equals(refused) ? await renew() : token.text,
    realm: () => token?.realm,
  };
}

function realmsToTry(
  realm: string,
  adminRealm: string | undefined,
  kind: KeycloakConnection['login']['kind'],
): readonly string[] {
  if (adminRealm !== undefined) return [adminRealm];
  return kind === 'password' || realm === 'master' ? ['master'] : [realm, 'master'];
}

function formOf(login: KeycloakConnection['login']): string {
  const fields: Record<string, string> =
    login.kind === 'client'
      ? {
          grant_type: 'client_credentials',
          client_id: login.clientId,
          client_secret: login.secret.reveal(),
        }
      : {
          grant_type: 'password',
          client_id: 'admin-cli',
          username: login.username,
          password: login.password.reveal(),
        };
  return new URLSearchParams(fields).toString();
}
