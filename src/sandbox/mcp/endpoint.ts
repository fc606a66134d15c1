import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { isRecord } from '../../system/json.ts';
import type { EventLog } from '../events.ts';
import { type Exchange, readJson, send } from '../http.ts';
import { findUser } from '../people-and-models.ts';
import type { Tokens } from '../tokens.ts';
import { replyTo } from './replies.ts';

/** The endpoints: Streamable HTTP, and HTTP with SSE (2024-11-05). Each is an audience of tokens of its own. */
export const mcpPaths = ['/mcp', '/sse'] as const;

const MESSAGES = '/sse/messages';
const METADATA = '/.well-known/oauth-protected-resource';

export interface McpOptions {
  readonly origin: string;
  readonly issuer: string;
  readonly tokens: Tokens;
  readonly events: EventLog;
}

/**
 * An MCP server that asks for a sign-in at the sandbox's provider (RFC 9728).
 *
 * @returns a handler that tells whether the request was for it.
 */
export function createMcp(options: McpOptions): (exchange: Exchange) => Promise<boolean> {
  const sessions = new Set<string>();
  const streams = new Map<string, ServerResponse>();
  return async (exchange) => {
    const { request, response, url } = exchange;
    const described = mcpPaths.find((path) => url.pathname === `${METADATA}${path}`);
    if (described !== undefined) {
      send(response, 200, metadataOf(options, described));
      return true;
    }
    const path = mcpPaths.find(
      (one) => url.pathname === one || (one === '/sse' && url.pathname === MESSAGES),
    );
    if (path === undefined) return false;
    const user = await signedIn(exchange, path, options);
    response.once('finish', () =>
      options.events.add({
        kind: 'mcp',
        route: url.pathname,
        status: response.statusCode,
        ...(user && { user }),
      }),
    );
    if (user === undefined) challenge(response, options, path);
    else if (path === '/sse') await overSse(exchange, streams, user);
    else await overHttp(exchange, sessions, user);
    request.resume();
    return true;
  };
}

function metadataOf({ origin, issuer }: McpOptions, path: string): Record<string, unknown> {
  return {
    resource: `${origin}${path}`,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: ['openid', 'profile', 'email'],
  };
}

async function signedIn(
  { request }: Exchange,
  path: string,
  { origin, tokens }: McpOptions,
): Promise<string | undefined> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer === undefined) return undefined;
  const judged = await tokens.verify(bearer, `${origin}${path}`);
  return 'claims' in judged ? findUser(judged.claims.sub)?.username : undefined;
}

function challenge(response: ServerResponse, { origin }: McpOptions, path: string): void {
  const metadata = `${origin}${METADATA}${path}`;
  send(
    response,
    401,
    { error: 'invalid_token' },
    { 'www-authenticate': `Bearer resource_metadata="${metadata}"` },
  );
}

async function overHttp(exchange: Exchange, sessions: Set<string>, user: string): Promise<void> {
  const { request, response } = exchange;
  const session = String(request.headers['mcp-session-id'] ?? '');
  if (request.method === 'DELETE') {
    sessions.delete(session);
    return void response.writeHead(200).end();
  }
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST, DELETE' }).end();
  const message = await readJson(request);
  if (!isRecord(message)) return send(response, 400, { error: 'not a message' });
  const opens = message['method'] === 'initialize';
  if (session !== '' && !opens && !sessions.has(session))
    return send(response, 404, { error: 'no such session' });
  const reply = replyTo(message, user);
  if (reply === undefined) return void response.writeHead(202).end();
  if (!opens) return send(response, 200, reply);
  const id = randomUUID();
  sessions.add(id);
  send(response, 200, reply, { 'mcp-session-id': id });
}

async function overSse(
  exchange: Exchange,
  streams: Map<string, ServerResponse>,
  user: string,
): Promise<void> {
  const { request, response, url } = exchange;
  if (url.pathname !== MESSAGES) {
    if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
    const id = randomUUID();
    streams.set(id, response);
    response.once('close', () => streams.delete(id));
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`event: endpoint\ndata: ${MESSAGES}?session=${id}\n\n`);
    return;
  }
  const stream = streams.get(url.searchParams.get('session') ?? '');
  const message = await readJson(request);
  if (stream === undefined || !isRecord(message)) return send(response, 404, { error: 'no such session' });
  response.writeHead(202).end();
  const reply = replyTo(message, user);
  if (reply !== undefined) stream.write(`event: message\ndata: ${JSON.stringify(reply)}\n\n`);
}
