import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { replyTo } from './fake-mcp.ts';

type Message = Readonly<Record<string, unknown>> & { readonly method?: string; readonly params?: unknown };

export interface SeenMessage {
  readonly http: string;
  readonly rpc: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface SessionMcpOptions {
  readonly transport?: 'http' | 'sse';
  /** What a request with an unknown session gets. */
  readonly gone?: { readonly status: number; readonly text: string };
  /** What a GET gets instead of a stream: a status, or `closed` for a stream that ends at once. */
  readonly stream?: number | 'closed';
  /** Calls of the tool `slow` are answered when this resolves. */
  readonly slow?: Promise<void>;
  /** What the tool `large` answers. */
  readonly text?: string;
  /** Never answers a DELETE. */
  readonly isDeleteSilent?: boolean;
  /** Forgets a session as soon as it has been initialized. */
  readonly isForgetful?: boolean;
}

export interface SessionMcp {
  readonly url: string;
  readonly seen: readonly SeenMessage[];
  /** Names of the tools that were run. */
  readonly ran: readonly string[];
  /** Arguments of the tools that were run. */
  readonly args: readonly unknown[];
  /** JSON-RPC methods of all posts, in their order. */
  methods(): readonly string[];
  count(rpc: string): number;
  forget(): void;
  /** Ends every connection and refuses new ones. */
  stop(): Promise<void>;
  /** Listens again at the same address, and knows no session. */
  start(): Promise<void>;
  /** Ends the streams of the server's messages. */
  closeStreams(): void;
  streams(): number;
  push(message: Message): void;
}

/** An MCP server of 2025-11-25 with sessions, which can forget them and be restarted. */
export async function sessionMcp(options: SessionMcpOptions = {}): Promise<SessionMcp> {
  const isSse = options.transport === 'sse';
  const path = isSse ? '/sse' : '/mcp';
  const seen: SeenMessage[] = [];
  const ran: string[] = [];
  const args: unknown[] = [];
  const sessions = new Map<string, boolean>();
  const streams = new Map<string, ServerResponse>();
  let port = 0;
  let server: Server | undefined;

  const send = (stream: ServerResponse | undefined, message: unknown, event = 'message'): void => {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    stream?.write(`event: ${event}\ndata: ${data}\n\n`);
  };
  const answer = (response: ServerResponse, session: string, reply: unknown): void => {
    if (isSse) return send(streams.get(session), reply);
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': session });
    response.end(JSON.stringify(reply));
  };
  const openStream = (response: ServerResponse, session: string): void => {
    if (typeof options.stream === 'number') return void response.writeHead(options.stream).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (options.stream === 'closed') return void response.end(': nothing\n\n');
    response.write(': open\n\n');
    streams.set(session, response);
    response.once('close', () => {
      if (streams.get(session) === response) streams.delete(session);
    });
  };
  const post = async (message: Message, session: string, response: ServerResponse): Promise<void> => {
    if (isSse) response.writeHead(202).end();
    if (message.method === 'notifications/initialized' && options.isForgetful === true)
      sessions.delete(session);
    const { name, arguments: given } = (message.params ?? {}) as { name?: string; arguments?: unknown };
    if (message.method === 'tools/call') {
      ran.push(String(name));
      args.push(given);
      if (name === 'slow') await options.slow;
    }
    const content = [{ type: 'text', text: options.text }];
    const reply =
      name === 'large' && options.text !== undefined
        ? { jsonrpc: '2.0', id: message['id'], result: { content } }
        : message.method === 'initialize'
          ? initialized(message)
          : stateful(message);
    if (reply !== undefined) return answer(response, session, reply);
    if (!isSse) response.writeHead(202).end();
  };
  const handle = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const { method = '', headers } = request;
    const message = body === '' ? undefined : (JSON.parse(body) as Message);
    seen.push({ http: method, rpc: message?.method, headers, body });
    const query = new URL(request.url ?? '/', 'http://x').searchParams.get('session') ?? '';
    if (isSse && method === 'GET') {
      const session = randomUUID();
      openStream(response, session);
      sessions.set(session, false);
      return send(response, `/messages?session=${session}`, 'endpoint');
    }
    if (isSse && request.url?.startsWith(path)) return void response.writeHead(405).end();
    if (!isSse && message?.method === 'server/discover') {
      return answer(response, '', {
        jsonrpc: '2.0',
        id: message['id'],
        error: { code: -32_601, message: 'no' },
      });
    }
    const isFirst = message?.method === 'initialize';
    const session = isSse ? query : isFirst ? randomUUID() : String(headers['mcp-session-id'] ?? '');
    const isReady = sessions.get(session) === true;
    if (isFirst && (!isSse || sessions.has(session))) sessions.set(session, true);
    else if (!isReady) {
      const { status, text } = options.gone ?? { status: 404, text: 'Session not found' };
      return void response.writeHead(status).end(text);
    }
    if (method === 'DELETE' && options.isDeleteSilent === true) return;
    if (method === 'DELETE') return void response.writeHead(200).end();
    if (method === 'GET') return openStream(response, session);
    void post(message ?? {}, session, response);
  };
  const start = async (): Promise<void> => {
    const next = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => handle(request, response, body));
    });
    // A connection that is kept could be cut while a request is being written to it.
    next.maxRequestsPerSocket = 1;
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve));
    port = (next.address() as AddressInfo).port;
    server = next;
  };
  const stop = async (): Promise<void> => {
    const before = server;
    server = undefined;
    sessions.clear();
    streams.clear();
    if (before === undefined) return;
    before.closeAllConnections();
    await new Promise((resolve) => before.close(resolve));
  };
  await start();
  onTestFinished(stop);
  return {
    url: `http://127.0.0.1:${port}${path}`,
    seen,
    ran,
    args,
    methods: () => seen.map(({ rpc }) => rpc).filter((rpc) => rpc !== undefined),
    count: (rpc) => seen.filter((one) => one.rpc === rpc).length,
    forget: () => sessions.clear(),
    stop,
    start,
    closeStreams: () => {
      for (const stream of streams.values()) stream.end();
    },
    streams: () => streams.size,
    push: (message) => {
      for (const stream of streams.values()) send(stream, { jsonrpc: '2.0', ...message });
    },
  };
}

function initialized(message: Message): unknown {
  const reply = replyTo(message) as { result: Record<string, unknown> };
  const capabilities = { tools: { listChanged: true }, logging: {}, resources: { subscribe: true } };
  return { ...reply, result: { ...reply.result, capabilities } };
}

function stateful(message: Message): unknown {
  const isState = message.method === 'logging/setLevel' || message.method === 'resources/subscribe';
  return isState ? { jsonrpc: '2.0', id: message['id'], result: {} } : replyTo(message);
}
