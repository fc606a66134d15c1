import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { randomHex } from '../../system/digest.ts';
import { callbackOf, signedOutOf, WEB_CLIENT } from '../administration/openid.ts';
import { confirmDevicePage, devicePage, donePage, logoutPage, problemPage } from '../pages.ts';
import { claimsOf, findUser } from '../people-and-models.ts';
import type { SandboxStore } from '../store.ts';
import type { Tokens } from '../tokens.ts';
import { adapterFor } from './records.ts';

export const CLI_CLIENT = 'codemie-cli';
export const EXCHANGES = [
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
] as const;
const DAY = 86_400;

export interface ProviderOptions {
  readonly issuer: string;
  /** Whether a front server is in the way and names the host in forwarding headers. */
  readonly fronted: boolean;
  /** The API's identifier, which is the audience of access tokens. */
  readonly resource: string;
  /** Further audiences: the MCP endpoints. */
  readonly mcpResources: readonly string[];
  readonly tokens: Tokens;
  readonly store: SandboxStore;
  readonly now: () => number;
  /** Seconds. */
  readonly accessTokenTtl: number;
  readonly refreshTokenTtl: number;
}

/**
 * The OpenID provider (oidc-provider): discovery, authorization code with PKCE, device grant, refresh rotation with
 * reuse detection, revocation and end-session, with one public native client.
 */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const { Provider } = await quietly(() => import('oidc-provider'));
  const provider = new Provider(options.issuer, configuration(options));
  provider.proxy = options.fronted;
  // pipeline-grants.ts answers these before oidc-provider sees them; they are registered so that the metadata lists
  // them.
  for (const grant of EXCHANGES) provider.registerGrantType(grant, async () => undefined);
  provider.on('access_token.issued', (token) => options.tokens.issued(token.jti));
  return provider;
}

function configuration(options: ProviderOptions): Configuration {
  const { resource, mcpResources } = options;
  const { origin } = new URL(options.issuer);
  return {
    adapter: adapterFor(options.store, options.now),
    jwks: { keys: [options.tokens.privateJwk as never] },
    cookies: { keys: [randomHex(32)] },
    clients: [
      {
        client_id: CLI_CLIENT,
        client_name: 'CodeMie command line',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        post_logout_redirect_uris: [],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
      {
        client_id: WEB_CLIENT,
        client_name: 'CodeMie',
        token_endpoint_auth_method: 'none',
        redirect_uris: [callbackOf(origin)],
        post_logout_redirect_uris: [signedOutOf(origin)],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    clientAuthMethods: ['none', 'private_key_jwt'],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    // Puts the scopes' claims into the ID token, so that a client can show a name without another call.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: async (_ctx, id) => {
      const user = findUser(id);
      return user === undefined
        ? undefined
        : { accountId: user.id, claims: async () => ({ sub: user.id, ...claimsOf(user) }) };
    },
    extraTokenClaims: async (_ctx, token) => {
      const user = 'accountId' in token ? findUser(token.accountId) : undefined;
      return user === undefined ? undefined : claimsOf(user);
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    ttl: {
      AccessToken: options.accessTokenTtl,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: options.refreshTokenTtl + DAY,
      IdToken: Math.max(options.accessTokenTtl, 300),
      Interaction: 3600,
      RefreshToken: options.refreshTokenTtl,
      Session: 14 * DAY,
    },
    interactions: {
      url: (_ctx, interaction) => `${new URL(options.issuer).pathname}/interaction/${interaction.uid}`,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: async (ctx, form, _out, error) => {
          const shown = typeof ctx.query['shown'] === 'string' ? ctx.query['shown'] : undefined;
          const problem = error === undefined ? undefined : 'Unknown, used or expired code.';
          html(ctx, devicePage(form, shown, problem));
        },
        userCodeConfirmSource: async (ctx, form, _client, _info, userCode) => {
          html(ctx, confirmDevicePage(form, userCode));
        },
        successSource: async (ctx) => {
          html(ctx, donePage('You are signed in on the other device.'));
        },
      },
      // MCP clients register themselves (RFC 7591).
      registration: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => html(ctx, logoutPage(form)),
        postLogoutSuccessSource: async (ctx) => html(ctx, donePage('You are signed out.')),
      },
      // Access tokens are only for the API; the user's identity is in the ID token and at the API.
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => resource,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, indicator) => ({
          scope: 'openid profile email offline_access',
          audience: mcpResources.includes(indicator) ? indicator : resource,
          accessTokenTTL: options.accessTokenTtl,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    // Refuses web pages of other origins. The library's default would log a notice to the console.
    clientBasedCORS: () => false,
    renderError: async (ctx, out) => {
      html(ctx, problemPage(out.error_description ?? out.error));
    },
  };
}

function html(ctx: KoaContextWithOIDC, page: string): void {
  ctx.type = 'html';
  ctx.body = page;
}

/** @returns the provider as a request handler, mounted under its issuer's path. */
export function mount(
  provider: Provider,
  path: string,
): (request: IncomingMessage, response: ServerResponse) => void {
  const handle = provider.callback();
  return (request, response) => {
    const original = request.url ?? '/';
    // oidc-provider derives its mount path from the difference between the two URLs.
    Object.assign(request, { originalUrl: original });
    request.url = original.slice(path.length) || '/';
    void handle(request, response);
  };
}

/** oidc-provider logs a warning for every Node version it does not track; keep it out of the caller's console. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { warn, info } = globalThis.console;
  Object.assign(globalThis.console, { warn: () => undefined, info: () => undefined });
  try {
    return await work();
  } finally {
    Object.assign(globalThis.console, { warn, info });
  }
}
