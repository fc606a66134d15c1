import type { ServerResponse } from 'node:http';
import { fakeMcp, type Seen } from './fake-mcp.ts';

type Params = Readonly<Record<string, unknown>>;

export interface ModernMcp {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Parameters of all requests of a method. */
  params(method: string): readonly Params[];
  /** Open streams of `subscriptions/listen`. */
  listening(): number;
  /** Sends a notification on them. */
  push(method: string, params?: Params): void;
  /** Ends them. */
  endStreams(): void;
  /** Methods of calls whose response stream was closed before it was answered. */
  readonly closed: readonly string[];
}

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** A server that knows only 2026-07-28. Calls of the tool `slow` are never answered. */
export async function modernMcp(): Promise<ModernMcp> {
  const streams = new Map<string, ServerResponse>();
  const closed: string[] = [];
  const event = (response: ServerResponse, message: object): void =>
    void response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
  const listen = (response: ServerResponse, id: string, notifications: unknown): true => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const params = { notifications, _meta: { [SUBSCRIPTION]: id } };
    event(response, { method: 'notifications/subscriptions/acknowledged', params });
    streams.set(id, response);
    response.once('close', () => streams.delete(id));
    return true;
  };
  const server = await fakeMcp({
    intercept: ({ body, method: http }, response) => {
      if (http !== 'POST') response.writeHead(405).end();
      if (http !== 'POST') return true;
      const { id, method, params } = JSON.parse(body) as { id: string; method: string; params: Params };
      const answer = (status: number, value: object): true => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...value }));
        return true;
      };
      const result = (value: object): true => answer(200, { result: { resultType: 'complete', ...value } });
      switch (method) {
        case 'server/discover':
          return result({
            supportedVersions: ['2026-07-28'],
            capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} },
            _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'modern', version: '1' } },
          });
        case 'subscriptions/listen':
          return listen(response, id, params['notifications']);
        case 'tools/list':
          return result({
            tools: [{ name: 'echo', inputSchema: { type: 'object' } }],
            ttlMs: 0,
            cacheScope: 'private',
          });
        case 'tools/call':
          if (params['name'] !== 'slow') return result({ content: [{ type: 'text', text: 'done' }] });
          response.once('close', () => closed.push(method));
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': wait\n\n');
          return true;
        case 'custom/unknown':
          return answer(404, { error: { code: -32_601, message: 'No such method' } });
        default:
          return answer(400, {
            error: { code: -32_022, message: 'Unsupported', data: { supported: ['2026-07-28'] } },
          });
      }
    },
  });
  const parsed = () =>
    server.seen
      .filter(({ body }) => body !== '')
      .map(({ body }) => JSON.parse(body) as { method: string; params: Params });
  return {
    url: server.url,
    seen: server.seen,
    closed,
    params: (method) =>
      parsed()
        .filter((one) => one.method === method)
        .map(({ params }) => params),
    listening: () => streams.size,
    push: (method, params = {}) => {
      for (const [id, response] of streams)
        event(response, { method, params: { ...params, _meta: { [SUBSCRIPTION]: id } } });
    },
    endStreams: () => {
      for (const response of streams.values()) response.end();
    },
  };
}
