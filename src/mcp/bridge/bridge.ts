import {
  type CallToolRequest,
  type Client,
  type JSONRPCRequest,
  LOG_LEVEL_META_KEY,
  type Progress,
  type Result,
} from '@modelcontextprotocol/client';
import { ProtocolError, Server, type ServerContext } from '@modelcontextprotocol/server';
import type { RpcError } from './faults.ts';
import { NO_LIMIT_MS } from './handshake.ts';
import type { HostState } from './host-state.ts';
import { inputOf } from './modern.ts';
import type { Session } from './session.ts';
import type { Upstream } from './upstream.ts';

type Call = Pick<JSONRPCRequest, 'method' | 'params'>;

/** Takes every result as it is: the bridge judges no content. */
export const ANYTHING = {
  '~standard': { version: 1, vendor: 'codemie', validate: (value: unknown) => ({ value }) },
} as const;

export interface MirrorOptions {
  readonly session: Session;
  /** What the server said of itself when it was first connected to. */
  readonly first: Client;
  readonly state: HostState;
  /** The error for a request that failed. */
  readonly answer: (error: unknown, method: string) => RpcError;
  /** The host has read who the server is, and takes requests from now on. */
  readonly onReady: (server: Server) => void;
}

/**
 * The server that the host sees: it has the identity and the capabilities of the remote one, and hands every request and
 * notification on.
 */
export function mirror({ session, first, state, answer, onReady }: MirrorOptions): Server {
  const capabilities = first.getServerCapabilities() ?? {};
  const server = new Server(first.getServerVersion() ?? { name: 'unknown', version: '0' }, {
    capabilities,
    ...instructionsOf(first),
  });
  server.oninitialized = () => onReady(server);
  const forward = async (request: Call, context: ServerContext): Promise<Result> => {
    // A host of 2026-07-28 does not say that it is ready, and some others forget to.
    onReady(server);
    try {
      const result = await session.run((upstream) => toServer(upstream, server, state, request, context));
      state.keep(request);
      return result;
    } catch (error) {
      // As the SDK wants an error that is to reach the host with its code and data.
      const { code, message, data } = answer(error, request.method);
      throw new ProtocolError(code, message, data);
    }
  };
  server.fallbackRequestHandler = forward;
  // The SDK would answer this one by itself.
  if (capabilities.logging !== undefined) server.setRequestHandler('logging/setLevel', forward);
  server.fallbackNotificationHandler = (notification) =>
    session.run(({ client }) => client.notification(notification));
  return server;
}

/** Hands what the server asks and tells on to the host. Some servers ask before the host is ready, and only once. */
export function attach(client: Client, host: Promise<Server>): void {
  client.fallbackRequestHandler = async (request, { mcpReq }) =>
    (await host).request(request as never, ANYTHING as never, {
      signal: mcpReq.signal,
      timeout: NO_LIMIT_MS,
    });
  client.fallbackNotificationHandler = async (notification) =>
    (await host).notification(notification as never);
}

/** Longest wait for a server to take over what the host had set up, ms. */
const RESTORE_MS = 5000;

/** Sets up again on a new session what the host had set up. A server that refuses costs only that. */
export async function restore({ client }: Upstream, state: HostState): Promise<void> {
  // A server of 2026-07-28 keeps nothing: it is told with each request.
  if (client.getProtocolEra() === 'modern') return;
  const sent = state
    .calls()
    .map((call) => client.request(call as never, ANYTHING as never, { timeout: RESTORE_MS }));
  await Promise.allSettled(sent);
}

/** Tools of a 2026 server go through the SDK's own methods, which mirror arguments into headers as their schema says. */
async function toServer(
  { client }: Upstream,
  server: Server,
  state: HostState,
  { method, params: given }: Call,
  { mcpReq }: ServerContext,
): Promise<Result> {
  const progressToken = given?._meta?.progressToken;
  // A host of 2026-07-28 sees to the input itself.
  const isModern = mcpReq.envelope !== undefined;
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  const level = isModern ? envelope?.[LOG_LEVEL_META_KEY] : state.level();
  const params = isModern ? { ...given, ...inputOf(mcpReq) } : given;
  const options = {
    signal: mcpReq.signal,
    timeout: NO_LIMIT_MS,
    ...(isModern && { allowInputRequired: true }),
    ...(progressToken === undefined
      ? {}
      : {
          onprogress: (progress: Progress) =>
            void server.notification({
              method: 'notifications/progress',
              params: { ...progress, progressToken },
            }),
        }),
  };
  if (client.getProtocolEra() === 'modern') {
    if (isKeptHere(method, client)) return {};
    const asked = level === undefined ? params : withMeta(params, { [LOG_LEVEL_META_KEY]: level });
    if (method === 'tools/list') return client.listTools(asked, { ...options, cacheMode: 'refresh' });
    if (method === 'tools/call') return client.callTool(asked as CallToolRequest['params'], options);
    return client.request({ method, ...(asked && { params: asked }) } as never, ANYTHING as never, options);
  }
  return client.request({ method, ...(params && { params }) } as never, ANYTHING as never, options);
}

/** Servers of 2026-07-28 have no such requests: the level is sent with each request, and subscriptions are a stream. */
function isKeptHere(method: string, client: Client): boolean {
  const { logging, resources } = client.getServerCapabilities() ?? {};
  if (method === 'logging/setLevel') return logging !== undefined;
  return /^resources\/(un)?subscribe$/.test(method) && resources?.subscribe === true;
}

function withMeta(params: Call['params'], more: Readonly<Record<string, unknown>>): Call['params'] {
  return { ...params, _meta: { ...params?._meta, ...more } };
}

function instructionsOf(client: Client): { instructions?: string } {
  const instructions = client.getInstructions();
  return instructions === undefined ? {} : { instructions };
}
