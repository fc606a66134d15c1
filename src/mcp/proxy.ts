import { type Client, type FetchLike, ProtocolError } from '@modelcontextprotocol/client';
import type { Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Context } from '../context.ts';
import { formatSpan } from '../system/duration.ts';
import { onParentGone } from '../system/process/parent-gone.ts';
import { createSignIn } from './auth/sign-in.ts';
import { answerFor, answerForCall, explain } from './bridge/answers.ts';
import { attach, mirror, restore } from './bridge/bridge.ts';
import type { RpcError } from './bridge/faults.ts';
import { gated, type Host, UNKNOWN_HOST } from './bridge/gate.ts';
import { hostState } from './bridge/host-state.ts';
import { hostWire } from './bridge/host-wire.ts';
import { followChanges } from './bridge/listen.ts';
import { outletTo } from './bridge/outlet.ts';
import { keepSession } from './bridge/session.ts';
import { connectUpstream } from './bridge/upstream.ts';
import { withCookies } from './cookies.ts';
import { McpError } from './errors.ts';
import { createKeeper } from './keep/keeper.ts';
import { type McpLog, plainAddress } from './log.ts';
import type { McpSettings } from './settings.ts';

export interface ProxyOptions {
  readonly context: Context;
  readonly settings: McpSettings;
  readonly fetch: FetchLike;
  readonly log: McpLog;
  /** The host has stopped reading and holds the pipe open: what was written cannot be flushed. */
  readonly onUnread?: () => void;
}

/** Longest wait for the end of the server's session when the host has gone, ms. */
const FAREWELL_MS = 1000;
/** Longest wait for a host that still reads an answer, ms. */
const FLUSH_MS = 5000;
const PARENT_EVERY_MS = 3000;

/**
 * Serves one remote MCP server on stdin and stdout until the host goes. Whatever goes wrong, each request is answered
 * once; the process neither ends nor stays silent because of it.
 */
export async function runProxy({
  context,
  settings,
  fetch: plain,
  log,
  onUnread,
}: ProxyOptions): Promise<void> {
  const { terminal, clock, signal } = context;
  const { url } = settings;
  log.note('start', { server: plainAddress(url) });
  const fetch = logged(
    withCookies(plain, () => clock.now()),
    log,
  );
  const session = {};
  const signIn =
    'authorization' in settings.headers
      ? undefined
      : createSignIn({
          context,
          settings,
          session,
          keeper: createKeeper({ context, settings, session, log }),
          fetch,
          log,
        });
  const outlet = outletTo(terminal.stdout, clock);
  const state = hostState();
  let asking: Host | undefined;
  let first: Client | undefined;
  let onReady: (server: Server) => void = () => undefined;
  const ready = new Promise<Server>((resolve) => {
    onReady = resolve;
  });

  const connection = keepSession({
    clock,
    signal,
    restore: (upstream) => restore(upstream, state),
    connect: async () => {
      const host = asking ?? UNKNOWN_HOST;
      const prepare = (client: Client): void => attach(client, ready);
      const guarded = signIn?.fetch ?? fetch;
      const options = { settings, host, fetch: guarded, clock, signal, whenCalm: outlet.whenCalm, prepare };
      const upstream = await connectUpstream(options).catch((error: unknown) => {
        const { code, message } = explain(error, url);
        log.error('connect', { code, reason: message });
        throw error;
      });
      if (upstream.client.getProtocolEra() === 'modern')
        void followChanges(upstream.client, state, clock, signal).catch(() => undefined);
      return upstream;
    },
  });
  const open = async (host: Host): Promise<void> => {
    asking = host;
    const opened = new AbortController();
    try {
      first = (await Promise.race([connection.open(), startLimit(opened.signal)])).client;
    } finally {
      opened.abort();
    }
  };
  /** Hosts give up on a server that does not answer in time. The attempt goes on, and a later request is served. */
  const startLimit = async (opened: AbortSignal): Promise<never> => {
    const { startLimitMs } = settings;
    if (startLimitMs === undefined) return new Promise(() => undefined);
    await clock.sleep(startLimitMs, AbortSignal.any([signal, opened]));
    if (signIn?.isWaiting() === true)
      throw new McpError(
        'MCP_SIGN_IN_FIRST',
        `${url.host} needs you to sign in. The sign-in page is open in your browser.`,
        `Finish the sign-in there, then reconnect to the server. Or sign in first: codemie mcp login ${plainAddress(url)}${url.search && '?…'}`,
      );
    const message = `${url.host} did not answer within ${formatSpan(startLimitMs)}.`;
    throw new McpError('MCP_SILENT', message, 'Check the address, or try again in a moment.');
  };

  const answer = (error: unknown, method: string): RpcError => {
    const told = answerForCall(error, url);
    if (!(error instanceof ProtocolError))
      log.error('request', { method, reason: told.message, data: told.data });
    return told;
  };

  const wire = hostWire(terminal.stdin, terminal.stdout, outlet);
  await new Promise<void>((ended) => {
    const handle = serveStdio(
      () => {
        if (first === undefined) throw new Error('not connected');
        return mirror({ session: connection, first, state, answer, onReady });
      },
      {
        transport: gated(wire, { open, answer: (error) => answerFor(error, url), onClose: ended }),
        onerror: (error) => log.note('stdio', { reason: error.message }),
      },
    );
    const close = (): void => void handle.close();
    const stopWatching = onParentGone(PARENT_EVERY_MS, close);
    signal.addEventListener('abort', close, { once: true });
    signal.addEventListener('abort', stopWatching, { once: true });
  });
  const finished = signIn?.close();
  const farewell = Promise.race([connection.close().catch(() => undefined), clock.sleep(FAREWELL_MS)]);
  const isRead = await outlet.flush(signal.aborted ? FAREWELL_MS : FLUSH_MS);
  await farewell;
  await finished;
  log.note('stop');
  if (!isRead) onUnread?.();
  signal.throwIfAborted();
}

function logged(fetch: FetchLike, log: McpLog): FetchLike {
  return async (input, init) => {
    const request = { method: init?.method ?? 'GET', url: plainAddress(new URL(input)) };
    try {
      const response = await fetch(input, init);
      log.note('http', { ...request, status: response.status });
      return response;
    } catch (error) {
      log.note('http', { ...request, failed: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  };
}
