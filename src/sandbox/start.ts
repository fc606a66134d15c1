import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fetch } from '../net/fetch.ts';
import { listen } from '../net/listen.ts';
import { type Clock, systemClock } from '../system/clock.ts';
import { CodemieError } from '../system/errors.ts';
import { createAdministration } from './administration/administration.ts';
import type { PageFlags } from './administration/flags.ts';
import { NOT_FOUND, reply } from './api/answers.ts';
import { MIN_CLIENT_VERSION } from './api/client-version.ts';
import { createCookieGateway } from './api/cookie-gateway.ts';
import { handleApi } from './api/routes.ts';
import { createLocalLogin } from './api/sign-in.ts';
import { handleControl } from './control.ts';
import { createEventLog, type SandboxEvent } from './events.ts';
import { createFaults } from './faults.ts';
import { checkSession, keepsSessions, startSession, stopped } from './front.ts';
import { type Exchange, send } from './http.ts';
import { createMemoryManagedStore } from './managed/memory.ts';
import type { ManagedStore } from './managed/store.ts';
import { createMcp, mcpPaths } from './mcp/endpoint.ts';
import { createProvider, mount } from './oidc/provider.ts';
import { handleIssuer } from './oidc/routes.ts';
import { API_PATH, type ApiOptions } from './options.ts';
import { findUser, type SandboxUser, USERS } from './people-and-models.ts';
import { type SetupOptions, setupOf } from './setup.ts';
import { createMemoryStore } from './store.ts';
import { createTokens } from './tokens.ts';
import { createVerifier } from './trusted-issuers.ts';

export interface SandboxOptions extends SetupOptions {
  readonly port?: number;
  /** Sign-in pages approve this user automatically, using only redirects. */
  readonly autoApprove?: string;
  /** Seconds. */
  readonly accessTokenTtl?: number;
  readonly refreshTokenTtl?: number;
  /** The system clock, unless a test passes its own. */
  readonly clock?: Clock | undefined;
  /** Origin under which a front server publishes the sandbox; the sandbox uses it in its own URLs. */
  readonly publicUrl?: string;
  /** Whether a front server blocks every request without a credential. */
  readonly front?: ApiOptions['front'] | undefined;
  /** For the keys of those providers. */
  readonly fetch?: Fetch | undefined;
  /** What the web page shows, whatever the API does; unset, it asks the API. */
  readonly page?: PageFlags | undefined;
  /** Users and projects; the sandbox's own, in memory, unless given. The caller closes a given one. */
  readonly managed?: ManagedStore | undefined;
  /** The oldest client version that the model routes accept; empty for any. */
  readonly minClientVersion?: string | undefined;
}

export interface Sandbox {
  readonly url: string;
  readonly apiUrl: string;
  readonly issuer: string;
  readonly controlUrl: string;
  /** An MCP server that asks for a sign-in: Streamable HTTP here, HTTP with SSE at `/sse`. */
  readonly mcpUrl: string;
  readonly port: number;
  readonly users: readonly SandboxUser[];
  /** @param request `subject` sets a `sub` other than the user's ID. */
  mintToken(request: {
    user: string;
    ttlSeconds?: number;
    audience?: string;
    subject?: string;
  }): Promise<string>;
  events(since?: number): readonly SandboxEvent[];
  close(): Promise<void>;
}

const ISSUER_PATH = '/oidc';

/**
 * Starts a complete CodeMie on 127.0.0.1 in this process: OpenID provider, platform API, model endpoint.
 *
 * @throws SANDBOX_PORT (1) when the port is taken, SANDBOX_USER (2) for an unknown auto-approved user.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { signIn, mode, platform, trust, people } = setupOf(options);
  const { front = 'open' } = options;
  const autoApprove = approver(options.autoApprove);
  let handle: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  const server = createServer({ maxHeaderSize: 131_072 }, (request, response) => {
    if (handle === undefined) return void response.writeHead(503).end();
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, error instanceof RangeError ? 413 : 500, { error: { message: String(error) } });
    });
  });
  await listen(server, {
    port: options.port ?? 0,
    code: 'SANDBOX_PORT',
    setting: '--port',
    hint: 'codemie sandbox start --port 0',
  });
  const { port } = server.address() as AddressInfo;
  const local = `http://127.0.0.1:${port}`;
  const url = options.publicUrl ?? local;
  const issuer = `${url}${ISSUER_PATH}`;
  const apiUrl = `${url}${API_PATH}`;
  const secretPath = `/control/${randomBytes(24).toString('base64url')}`;

  const { now: clock, sleep } = options.clock ?? systemClock;
  const faults = createFaults(clock);
  const shifted = (): number => clock() + faults.skew() * 1000;
  const events = createEventLog(clock);
  const accessTokenTtl = options.accessTokenTtl ?? 300;
  const store = createMemoryStore(clock);
  const gateway = createCookieGateway(shifted);
  const tokens = await createTokens({ issuer, audience: apiUrl, local: mode.idp === 'local', now: shifted });
  const provider = await createProvider({
    issuer,
    fronted: options.publicUrl !== undefined,
    resource: apiUrl,
    mcpResources: mcpPaths.map((path) => `${url}${path}`),
    tokens,
    store,
    now: clock,
    accessTokenTtl,
    refreshTokenTtl: options.refreshTokenTtl ?? 30 * 86_400,
  });
  const { fetch: request = fetch } = options;
  const outside = trust?.issuers[0]?.issuer;
  const issuerHandler = mount(provider, ISSUER_PATH);
  const api: ApiOptions = {
    origin: url,
    issuer,
    signIn,
    front,
    mode,
    platform,
    autoApprove,
    minClientVersion: options.minClientVersion ?? MIN_CLIENT_VERSION,
    managed: options.managed ?? createMemoryManagedStore(people),
    trusted: trust && createVerifier({ ...trust, fetch: request as Fetch, now: shifted }),
    provider:
      outside === undefined
        ? {
            authorization: `${issuer}/auth`,
            token: `${local}${ISSUER_PATH}/token`,
            signOut: `${issuer}/session/end`,
          }
        : keycloakAddresses(outside),
    tokens,
    gateway,
    localLogin: createLocalLogin(clock),
    events,
    faults,
    now: clock,
    sleep,
  };

  const administration = createAdministration({
    api,
    local,
    flags: options.page ?? {},
  });
  const mcp = createMcp({ origin: url, issuer, tokens, events });

  handle = async (request, response) => {
    const target = `${url}${request.url ?? '/'}`;
    if (!URL.canParse(target)) return send(response, 400, { error: { message: 'bad address' } });
    const exchange: Exchange = { request, response, url: new URL(target) };
    const path = exchange.url.pathname;
    response.setHeader('date', new Date(shifted()).toUTCString());
    if (!isOwnHost(request, port, options.publicUrl))
      return send(response, 421, { error: { message: 'wrong host' } });
    if (path.startsWith(secretPath)) {
      if (request.headers.origin !== undefined)
        return send(response, 403, { error: { message: 'not from a web page' } });
      return handleControl(exchange, path.slice(secretPath.length), {
        events,
        faults,
        tokens,
        store,
        gateway,
      });
    }
    if (path.startsWith(`${ISSUER_PATH}/`)) {
      return handleIssuer(exchange, path.slice(ISSUER_PATH.length), {
        provider,
        handler: issuerHandler,
        autoApprove,
        events,
        faults,
        tokens,
        resource: apiUrl,
        accessTokenTtl,
        now: clock,
        sleep,
      });
    }
    if (await mcp(exchange)) return;
    if (path.startsWith('/.well-known/oauth-protected-resource') && signIn === 'oidc') {
      return send(response, 200, {
        resource: apiUrl,
        authorization_servers: [outside ?? issuer],
        bearer_methods_supported: ['header'],
      });
    }
    if (keepsSessions(api)) {
      if (path === '/oauth2/auth') return checkSession(exchange, api);
      if (path === '/oauth2/start') return startSession(exchange, api);
    }
    if (path === API_PATH || path.startsWith(`${API_PATH}/`)) {
      if (stopped(exchange, api)) return;
      return handleApi(exchange, api);
    }
    if (await administration(exchange)) return;
    // A front server also serves the platform's web page, at every other address.
    return front === 'guarded' ? send(response, 200, WEB_PAGE) : reply(response, NOT_FOUND);
  };

  return {
    url,
    apiUrl,
    issuer: outside ?? issuer,
    controlUrl: `${local}${secretPath}`,
    mcpUrl: `${url}/mcp`,
    port,
    users: USERS,
    mintToken: ({ user, ttlSeconds = 3600, audience, subject }) => {
      const known = findUser(user);
      if (known === undefined) throw new TypeError(`no user ${user}`);
      return tokens.mint({ user: known, ttlSeconds, audience, subject });
    },
    events: (since = 0) => events.since(since),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function keycloakAddresses(realm: string): ApiOptions['provider'] {
  const base = `${realm}/protocol/openid-connect`;
  return { authorization: `${base}/auth`, token: `${base}/token`, signOut: `${base}/logout` };
}

const WEB_PAGE = '<!doctype html><html lang="en"><title>CodeMie</title><p>CodeMie</p></html>';

/** @returns the ID of the user whom the sign-in pages approve. */
function approver(name: string | undefined): string | undefined {
  const user = findUser(name);
  if (name === undefined || user !== undefined) return user?.id;
  const known = USERS.map(({ username }) => username).join(', ');
  throw new CodemieError({
    code: 'SANDBOX_USER',
    message: `The sandbox has no user "${name}" (there are: ${known}).`,
  });
}

/** A foreign Host header means that a web page reached the sandbox through DNS rebinding. */
function isOwnHost(request: IncomingMessage, port: number, publicUrl: string | undefined): boolean {
  const own = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (publicUrl !== undefined) own.push(new URL(publicUrl).host);
  return own.includes(request.headers.host ?? '');
}
