import {
  type Client,
  type FetchLike,
  SdkHttpError,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import type { Clock } from '../../system/clock.ts';
import type { McpError } from '../errors.ts';
import type { McpSettings } from '../settings.ts';
import { toRpc, unanswered } from './answers.ts';
import { boundedFetch } from './bodies.ts';
import { rpcErrorIn } from './faults.ts';
import type { Host } from './gate.ts';
import { connect } from './handshake.ts';
import { answerTooLarge } from './limit.ts';
import { answeredFetch } from './unanswered.ts';
import { type Watch, watchSession } from './watch.ts';

export interface UpstreamOptions {
  readonly settings: McpSettings;
  readonly host: Host;
  /** Sends the credential with each request, and signs in where the server asks for it. */
  readonly fetch: FetchLike;
  readonly clock: Clock;
  /** Aborted when the proxy ends. */
  readonly signal: AbortSignal;
  /** Waits while the host reads slower than the server sends. */
  readonly whenCalm?: () => Promise<void>;
  /** Prepares a client before it connects. */
  readonly prepare?: (client: Client) => void;
}

/** One connection to the server, with its session. */
export interface Upstream {
  readonly client: Client;
  /** Whether the session is known to be lost. */
  isLost(): boolean;
  /** What made this program close the connection. */
  failure(): Error | undefined;
  /** Closes the connection and says nothing to the server. */
  drop(): void;
  /** Ends the session at the server, where it has one, and the connection. */
  close(): Promise<void>;
}

/** What a server of 2024-11-05 answers to a POST: it speaks HTTP with SSE. */
const OLD_TRANSPORT = new Set([400, 404, 405]);

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
    if (kind === 'http' || !speaksOldTransport(error)) throw error;
    return overSse(options);
  }
}

async function overHttp(options: UpstreamOptions): Promise<Upstream> {
  const watch = watchSession({ ...options, isOneStream: false });
  const closing = closingFor(watch, () => transport.close());
  const { fetch, requestInit } = common(options, watch.fetch, closing.fail);
  let isOpen = false;
  const transport = new StreamableHTTPClientTransport(options.settings.url, {
    requestInit,
    fetch: answeredFetch({ fetch, isOpen: () => isOpen, unanswered: () => unanswered(options.settings.url) }),
    onInsufficientScope: 'throw',
    reconnectionOptions: RECONNECTION,
  });
  const client = await connect(options, transport, 'auto');
  watch.begin();
  isOpen = true;
  return {
    client,
    isLost: watch.isLost,
    failure: closing.failure,
    drop: () => void client.close().catch(() => undefined),
    close: async () => {
      if (!watch.isLost()) await transport.terminateSession().catch(() => undefined);
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
  const watch = watchSession({
    ...options,
    fetch: remembering,
    isOneStream: true,
    // The answers that are still awaited would have come on the stream.
    onOver: () => void client?.close().catch(() => undefined),
  });
  const closing = closingFor(watch, () => transport.close());
  const transport = new SSEClientTransport(options.settings.url, common(options, watch.fetch, closing.fail));
  let client: Client | undefined;
  try {
    client = await connect(options, transport, 'legacy');
  } catch (error) {
    throw error instanceof SseError && error.code === undefined && failure !== undefined ? failure : error;
  }
  const connected = client;
  connected.onerror = (error) => {
    // The stream has ended. An EventSource would open another one, for a session that nobody has initialized.
    if (error instanceof SseError) watch.lose();
  };
  watch.begin();
  const close = (): Promise<void> => connected.close().catch(() => undefined);
  return {
    client: connected,
    isLost: watch.isLost,
    failure: closing.failure,
    drop: () => void close(),
    close,
  };
}

/** Attempts to reopen a stream that broke off, 15 s in all. The pace of streams that end at once is set in watch.ts. */
const RECONNECTION = {
  initialReconnectionDelay: 1000,
  reconnectionDelayGrowFactor: 2,
  maxReconnectionDelay: 30_000,
  maxRetries: 4,
};

/** 2026-07-28: a body with one of its errors comes from a server that knows Streamable HTTP. */
function speaksOldTransport(error: unknown): boolean {
  if (!(error instanceof SdkHttpError) || !OLD_TRANSPORT.has(error.status ?? 0)) return false;
  const code = rpcErrorIn(error)?.code ?? 0;
  return code < -32_022 || code > -32_020;
}

/** Closes a connection, and remembers why: the SDK tells those who wait only that it was closed. */
function closingFor(watch: Watch, close: () => Promise<void>) {
  let known: Error | undefined;
  return {
    failure: () => known,
    fail: (error: Error): void => {
      known ??= error;
      watch.lose();
      void close().catch(() => undefined);
    },
  };
}

function common(
  { settings: { url, headers }, whenCalm = async () => undefined }: UpstreamOptions,
  fetch: FetchLike,
  onTooLarge: (error: Error) => void,
) {
  const tooLarge = (): McpError => answerTooLarge(url);
  return {
    fetch: boundedFetch({ fetch, whenCalm, tooLarge, toAnswer: toRpc, onTooLarge }),
    requestInit: { headers: { ...headers } },
  };
}
