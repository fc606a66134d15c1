import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { record } from '../audit/log.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import type { Resolve } from '../net/guard/destination.ts';
import { limitSockets } from '../net/limit-sockets.ts';
import { listen } from '../net/listen.ts';
import { openUpstream } from '../net/stream/upstream.ts';
import { endpointOf } from '../platform-api/endpoint.ts';
import { messageOf } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import { answerPreflight, isPreflight, openTo } from './cors.ts';
import { forward } from './forward.ts';
import { framingRefusal } from './framing.ts';
import { createGuard } from './guard.ts';
import { takeHook } from './hook.ts';
import { GATEWAY_KEY, newKey } from './keys.ts';
import { createMcpDoor } from './mcp/door.ts';
import { createMetrics } from './metrics.ts';
import type { Openings } from './openings.ts';
import { dialectOf, errorBody, routeOf, targetOf } from './routes.ts';
import { OTHER_PORT, type PortSetting, requestLimit, requireHeaderValues } from './settings.ts';
import { settler } from './settle.ts';
import { signInState, watchFor } from './watch.ts';

export interface GatewayOptions {
  readonly access: Access;
  /** `codemie-claude` …, sent to the platform. */
  readonly client: string;
  readonly project?: string | undefined;
  readonly sessionId: string;
  /** 0 for any free port. */
  readonly port?: number;
  /** The setting that fixed the port, for the error if it is taken. */
  readonly portSetting?: PortSetting;
  /** Default: a new key for this run. */
  readonly key?: Secret;
  /** Default: programs of this computer alone. */
  readonly openings?: Openings;
  /** Receives the events that an agent's hooks report. */
  readonly onHook?: (event: Readonly<Record<string, unknown>>) => void;
  /**
   * Receives what the user has to do if the sign-in ends during a run: once, and again only after it was valid in
   * between.
   */
  readonly onEnded?: (message: string) => void;
  /** The status for a sign-in that ended. Default: 401. */
  readonly endedStatus?: () => number;
  /** The sign-in is valid again. */
  readonly onBack?: () => void;
  /** Resolves the names of MCP servers. Default: as this computer does. */
  readonly resolve?: Resolve;
}

export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** The key of this run, which an agent gets in place of the platform's token. */
  readonly key: Secret;
  /** Opens a connection to the platform ahead of the first request. */
  connect(): void;
  close(): Promise<void>;
}

/**
 * A reverse proxy on 127.0.0.1 between an agent and the platform, which adds the credential. Streams in both
 * directions.
 *
 * @throws GATEWAY_PORT (exit 1) if a fixed port is taken; PROJECT_NAME, INTEGRATION_ID (2).
 */
export async function startGateway(context: Context, options: GatewayOptions): Promise<Gateway> {
  requireHeaderValues(options.access.selection, options.project);
  const requestMs = requestLimit(context.env);
  const key = options.key ?? newKey(GATEWAY_KEY);
  const metrics = createMetrics();
  const server = createServer({
    maxHeaderSize: 65_536,
    // An agent may think for minutes between two requests; closing its kept connection would make the second one
    // fail.
    keepAliveTimeout: 600_000,
    // A large body takes as long as the platform needs. Without a limit for the request, Node sets none for the
    // headers either.
    requestTimeout: 0,
    headersTimeout: context.limits.headersMs,
    connectionsCheckingInterval: Math.min(context.limits.headersMs, 30_000),
  });
  const unauthenticated = limitSockets(MOST_UNAUTHENTICATED);
  unauthenticated.watch(server);
  const setting = options.portSetting ?? 'CODEMIE_PROXY_PORT';
  await listen(server, {
    port: options.port ?? 0,
    code: 'GATEWAY_PORT',
    setting,
    ...OTHER_PORT[setting],
  });
  const { port } = server.address() as AddressInfo;
  const guard = createGuard(port, key, options.openings ?? CLOSED);
  const upstream = openUpstream(options.access.origin, context.env, context.ca, context.limits);
  const base = new URL(endpointOf(options.access)).pathname.replace(/\/$/, '');
  const hasProvider = options.access.selection.keyProvider !== undefined;
  const watch = watchFor(options.onEnded, options.onBack);
  const beside = new Set<Promise<void>>();
  const forwarding = {
    ...options,
    requestMs,
    upstream,
    base,
    watch,
    settle: settler(context, options.access),
    beside,
  };

  const mcp = createMcpDoor(context, { guard, metrics, resolve: options.resolve });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (mcp.isFor(request)) return mcp.answer(request, response);
    const started = context.clock.now();
    const [path = '/'] = (request.url ?? '/').split('?');
    request.url = targetOf(request.url ?? '/');
    const [target = '/'] = request.url.split('?');
    const routing = routeOf(request.method ?? 'GET', target, hasProvider);
    const dialect = dialectOf(routing, path, request.headers);
    const say = (status: number, message: string): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' });
      response.end(errorBody(dialect, status, message));
    };
    const page = guard.pageOf(request);
    if (page !== undefined) {
      openTo(page, response);
      if (isPreflight(request)) return answerPreflight(request, response);
    }
    const refusal = guard.refusalOf(request);
    if (routing.kind === 'greeting' && refusal?.status !== 421 && refusal?.status !== 403) {
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(request.method === 'HEAD' ? '' : '{}');
    }
    if (refusal !== undefined) {
      context.log.debug('gateway refused', { path, status: refusal.status, why: refusal.why });
      return say(refusal.status, `codemie gateway: ${refusal.why}.`);
    }
    unauthenticated.keep(request.socket);
    if (routing.kind === 'metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      return void response.end(metrics.text());
    }
    if (routing.kind === 'status') {
      const state = await signInState(options.access, watch);
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state));
    }
    if (routing.kind === 'hook') return takeHook(request, response, options.onHook);
    if (routing.kind !== 'forward')
      return say(404, `codemie gateway: ${request.method} ${path} is not a model API route.`);
    const unclear = framingRefusal(request);
    if (unclear !== undefined) {
      response.setHeader('connection', 'close');
      return say(unclear.status, `codemie gateway: ${unclear.why}.`);
    }
    const done = metrics.begin();
    const model = hasProvider ? undefined : routing.model;
    const { status, bytes, isDenied } = await forward(context, request, response, dialect, {
      ...forwarding,
      model,
    });
    const ms = context.clock.now() - started;
    done({ route: routing.name, status, bytes, ms });
    context.log.debug('gateway', { path, status, bytes, ms });
    if (isDenied) {
      const { access, sessionId: session } = options;
      await record(context, {
        event: 'model-denied',
        origin: access.origin,
        route: routing.name,
        status,
        session,
      });
    }
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch((error: unknown) => {
      context.log.debug('gateway failed', { reason: messageOf(error) });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    key,
    connect: upstream.connect,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      upstream.close();
      await mcp.close();
      await Promise.race([
        Promise.all(beside),
        new Promise((resolve) => setTimeout(resolve, STORE_WAIT_MS).unref()),
      ]);
    },
  };
}

const CLOSED: Openings = { allowHosts: [], allowOrigins: [] };

/** Maximum number of connections without the key. An agent opens dozens at a time and sends its key at once. */
const MOST_UNAUTHENTICATED = 256;

/** How long closing the gateway waits for a refreshed session to be stored, ms. */
const STORE_WAIT_MS = 3000;

/** A new id that identifies one run. */
export function newSessionId(): string {
  return randomUUID();
}
