import {
  type CallToolRequest,
  type Client,
  type JSONRPCRequest,
  type Progress,
  type Result,
  SdkHttpError,
} from '@modelcontextprotocol/client';
import { ProtocolError, Server, type ServerContext } from '@modelcontextprotocol/server';
import { McpError } from '../errors.ts';
import { answerFor } from './answers.ts';
import { NO_LIMIT_MS } from './upstream.ts';

type Call = Pick<JSONRPCRequest, 'method' | 'params'>;

/** Takes every result as it is: the bridge judges no content. */
const ANYTHING = {
  '~standard': { version: 1, vendor: 'codemie', validate: (value: unknown) => ({ value }) },
} as const;

/**
 * The server that the host sees: it has the identity and the capabilities of the remote one, and hands every request and
 * notification on, in both directions.
 */
export function mirror(client: Client, url: URL): Server {
  const server = new Server(client.getServerVersion() ?? { name: 'unknown', version: '0' }, {
    capabilities: client.getServerCapabilities() ?? {},
    ...instructionsOf(client),
  });
  const forward = (request: Call, { mcpReq }: ServerContext): Promise<Result> =>
    toServer(client, server, request, mcpReq.signal).catch((error: unknown) => rethrow(error, url));
  server.fallbackRequestHandler = forward;
  // The SDK would answer this one by itself.
  if (client.getServerCapabilities()?.logging !== undefined)
    server.setRequestHandler('logging/setLevel', forward);
  server.fallbackNotificationHandler = (notification) => client.notification(notification);
  client.fallbackRequestHandler = (request, { mcpReq }) =>
    server.request(request as never, ANYTHING as never, { signal: mcpReq.signal, timeout: NO_LIMIT_MS });
  client.fallbackNotificationHandler = (notification) => server.notification(notification as never);
  return server;
}

/** Tools of a 2026 server go through the SDK's own methods, which mirror arguments into headers as their schema says. */
async function toServer(
  client: Client,
  server: Server,
  { method, params }: Call,
  signal: AbortSignal,
): Promise<Result> {
  const progressToken = params?._meta?.progressToken;
  const options = {
    signal,
    timeout: NO_LIMIT_MS,
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
    if (method === 'tools/list') return client.listTools(params, { ...options, cacheMode: 'refresh' });
    if (method === 'tools/call') return client.callTool(params as CallToolRequest['params'], options);
  }
  return client.request({ method, ...(params && { params }) } as never, ANYTHING as never, options);
}

/** As the SDK wants an error that is to reach the host with its code and data. */
function rethrow(error: unknown, url: URL): never {
  const { code, message, data } = answerFor(isSessionGone(error) ? sessionGone(url, error) : error, url);
  throw new ProtocolError(code, message, data);
}

/** Once a session stands, 404 says that the server has ended it, and has not run the request. */
function isSessionGone(error: unknown): boolean {
  return error instanceof SdkHttpError && error.status === 404;
}

function sessionGone({ host }: URL, cause: unknown): McpError {
  const message = `${host} has ended the session. It did not run the request.`;
  return new McpError('MCP_LOST', message, 'Reconnect to the server, and try again.', cause);
}

function instructionsOf(client: Client): { instructions?: string } {
  const instructions = client.getInstructions();
  return instructions === undefined ? {} : { instructions };
}
