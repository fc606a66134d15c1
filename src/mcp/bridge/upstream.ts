import {
  Client,
  type FetchLike,
  isJSONRPCRequest,
  SdkHttpError,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import type { McpSettings } from '../settings.ts';
import { lost } from './answers.ts';
import type { Host } from './gate.ts';

export interface UpstreamOptions {
  readonly settings: McpSettings;
  readonly host: Host;
  /** Sends the credential with each request, and signs in where the server asks for it. */
  readonly fetch: FetchLike;
}

export interface Upstream {
  readonly client: Client;
  /** Ends the session at the server, where it has one, and the connection. */
  close(): Promise<void>;
}

/** What a server of 2024-11-05 answers to a POST: it speaks HTTP with SSE. */
const OLD_TRANSPORT = new Set([400, 404, 405]);
/** Longest wait a timer has. A person may be at the browser, and hosts have limits of their own. */
export const NO_LIMIT_MS = 2_147_483_647;

/**
 * Connects to the server as the host: under its name, with its capabilities. The protocol's era is found by asking; a
 * server that does not know Streamable HTTP is spoken to over HTTP with SSE.
 */
export async function connectUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { transport: kind } = options.settings;
  if (kind === 'sse') return overSse(options);
  try {
    return await overHttp(options);
  } catch (error) {
    if (kind === 'http' || !(error instanceof SdkHttpError) || !OLD_TRANSPORT.has(error.status ?? 0))
      throw error;
    return overSse(options);
  }
}

async function overHttp(options: UpstreamOptions): Promise<Upstream> {
  const transport = new StreamableHTTPClientTransport(options.settings.url, {
    ...common(options),
    onInsufficientScope: 'throw',
  });
  const client = await connect(options, transport, 'auto');
  return {
    client,
    close: async () => {
      await transport.terminateSession().catch(() => undefined);
      await client.close();
    },
  };
}

async function overSse(options: UpstreamOptions): Promise<Upstream> {
  let failure: unknown;
  // An EventSource keeps only the text of what went wrong.
  const remembering: FetchLike = (url, init) =>
    options.fetch(url, init).catch((error: unknown) => {
      failure = error;
      throw error;
    });
  const transport = new SSEClientTransport(options.settings.url, common({ ...options, fetch: remembering }));
  try {
    const client = await connect(options, transport, 'legacy');
    return { client, close: () => client.close() };
  } catch (error) {
    throw error instanceof SseError && error.code === undefined && failure !== undefined ? failure : error;
  }
}

async function connect(
  { host, settings }: UpstreamOptions,
  transport: Transport,
  mode: 'auto' | 'legacy',
): Promise<Client> {
  const client = new Client(host.info, {
    capabilities: host.capabilities,
    versionNegotiation: { mode, probe: { timeoutMs: NO_LIMIT_MS } },
    // The bridge judges no content.
    jsonSchemaValidator: {
      getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
    },
  });
  answerTheLost(transport, settings.url);
  try {
    await client.connect(transport, { timeout: NO_LIMIT_MS });
    return client;
  } catch (error) {
    // An EventSource would go on trying.
    await client.close().catch(() => undefined);
    await transport.close().catch(() => undefined);
    throw error;
  }
}

/** The SDK waits for ever for the answer of a stream that ended without one. One that came first wins. */
function answerTheLost(transport: Transport, server: URL): void {
  const send = transport.send.bind(transport);
  transport.send = (message, options) =>
    send(message, {
      ...options,
      onRequestStreamEnd: () => {
        options?.onRequestStreamEnd?.();
        if (isJSONRPCRequest(message))
          transport.onmessage?.({ jsonrpc: '2.0', id: message.id, error: lost(server) });
      },
    });
}

function common({ settings, fetch }: UpstreamOptions) {
  return {
    fetch,
    requestInit: { headers: { ...settings.headers } },
  };
}
