import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as the fake saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Members to change, by the origin of the fake; undefined removes one. */
type Changes = Readonly<Record<string, unknown>> | ((origin: string) => Readonly<Record<string, unknown>>);

type Answer = (seen: Seen, response: ServerResponse) => boolean | undefined;

export interface FakeMcpOptions {
  /** Whether the server asks for a sign-in. */
  readonly oauth?: boolean;
  /** `http` (Streamable HTTP) or `sse` (2024-11-05). */
  readonly transport?: 'http' | 'sse';
  /** Answers before the fake does; true when it has. */
  readonly intercept?: Answer;
  /** Changes of the authorization server's metadata; undefined removes a member. */
  readonly metadata?: Changes;
  /** Changes of the resource's metadata; `none` has no such document. */
  readonly resource?: Changes | 'none';
  /** Parameters of the 401 challenge besides `resource_metadata`; `bare` for none at all. */
  readonly challenge?: string;
  /** Parameters of the redirect back; undefined removes one. */
  readonly callback?: Changes;
  readonly expiresIn?: number;
}

export interface FakeMcp {
  readonly origin: string;
  /** Of the MCP endpoint. */
  readonly url: string;
  readonly seen: readonly Seen[];
  /** `METHOD /path` of each request to the server but those to the MCP endpoint. */
  readonly steps: () => readonly string[];
  /** Requests of one path. */
  at(path: string): readonly Seen[];
  /** Access tokens that were issued. */
  readonly issued: string[];
  /** Access tokens that count. */
  readonly valid: Set<string>;
  /** Refresh tokens that count. */
  readonly refreshable: Set<string>;
}

const TOOLS = [{ name: 'echo', description: 'Says it back', inputSchema: { type: 'object' } }];

/** An MCP server and its authorization server on one loopback port, with a log of requests. */
export async function fakeMcp(options: FakeMcpOptions = {}): Promise<FakeMcp> {
  const seen: Seen[] = [];
  const issued: string[] = [];
  const valid = new Set<string>();
  const refreshable = new Set<string>();
  const codes = new Map<string, URLSearchParams>();
  const streams = new Map<string, ServerResponse>();
  let origin = '';
  const path = options.transport === 'sse' ? '/sse' : '/mcp';

  const changes = (wanted: Changes | undefined) => (typeof wanted === 'function' ? wanted(origin) : wanted);
  const json = (response: ServerResponse, status: number, value: unknown, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
  const token = (response: ServerResponse, form: URLSearchParams): void => {
    const asked = codes.get(form.get('code') ?? '');
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRefresh = form.get('grant_type') === 'refresh_token';
    // A refresh token counts once.
    if (isRefresh && !refreshable.delete(form.get('refresh_token') ?? ''))
      return json(response, 400, { error: 'invalid_grant' });
    if (!isRefresh && asked?.get('code_challenge') !== verifier)
      return json(response, 400, { error: 'invalid_grant' });
    codes.delete(form.get('code') ?? '');
    const access = `access-${randomUUID()}`;
    issued.push(access);
    valid.add(access);
    const refresh = `refresh-${randomUUID()}`;
    refreshable.add(refresh);
    const expires = options.expiresIn === undefined ? {} : { expires_in: options.expiresIn };
    json(response, 200, { access_token: access, token_type: 'Bearer', refresh_token: refresh, ...expires });
  };
  const authorize = (response: ServerResponse, query: URLSearchParams): void => {
    const code = `code-${randomUUID()}`;
    codes.set(code, query);
    const back = new URL(query.get('redirect_uri') ?? '');
    const params = { code, state: query.get('state') ?? '', iss: origin, ...changes(options.callback) };
    for (const [name, value] of Object.entries(params))
      if (value !== undefined) back.searchParams.set(name, String(value));
    response.writeHead(302, { location: back.href }).end();
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', origin);
      const one: Seen = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      seen.push(one);
      if (options.intercept?.(one, response) === true) return;
      answer(one, response);
    });
  });
  const answer = (one: Seen, response: ServerResponse): void => {
    if (one.path === '/.well-known/oauth-protected-resource/mcp' && options.resource !== 'none')
      return json(response, 200, {
        resource: `${origin}${path}`,
        authorization_servers: [origin],
        ...changes(options.resource),
      });
    if (one.path === '/.well-known/oauth-authorization-server') {
      const metadata: Record<string, unknown> = {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
        authorization_response_iss_parameter_supported: true,
        ...changes(options.metadata),
      };
      return json(response, 200, metadata);
    }
    if (one.path === '/register')
      return json(response, 201, { ...(JSON.parse(one.body) as object), client_id: 'registered-client' });
    if (one.path === '/authorize') return authorize(response, one.query);
    if (one.path === '/token') return token(response, new URLSearchParams(one.body));
    if (one.path !== path && one.path !== '/messages') return json(response, 404, { error: 'not found' });
    const bearer = /^Bearer (.+)$/.exec(one.headers.authorization ?? '')?.[1];
    if (options.oauth === true && !valid.has(bearer ?? '')) {
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      const more = options.challenge === undefined ? '' : `, ${options.challenge}`;
      const challenge =
        options.challenge === 'bare' ? 'Bearer' : `Bearer resource_metadata="${metadata}"${more}`;
      return json(response, 401, { error: 'unauthorized' }, { 'www-authenticate': challenge });
    }
    if (options.transport === 'sse') return legacy(one, response);
    if (one.method === 'DELETE') return void response.writeHead(200).end();
    if (one.method !== 'POST') return void response.writeHead(405).end();
    const message = JSON.parse(one.body) as Record<string, unknown>;
    const reply = replyTo(message);
    if (reply === undefined) return void response.writeHead(202).end();
    const session = message['method'] === 'initialize' ? { 'mcp-session-id': 'session-1' } : {};
    json(response, 200, reply, session);
  };
  const legacy = (one: Seen, response: ServerResponse): void => {
    if (one.path === path && one.method === 'GET') {
      const id = randomUUID();
      streams.set(id, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: /messages?session=${id}\n\n`);
      return;
    }
    const stream = streams.get(one.query.get('session') ?? '');
    if (one.path === path || stream === undefined) return void response.writeHead(405).end();
    response.writeHead(202).end();
    const reply = replyTo(JSON.parse(one.body) as Record<string, unknown>);
    if (reply !== undefined) stream.write(`event: message\ndata: ${JSON.stringify(reply)}\n\n`);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    origin,
    url: `${origin}${path}`,
    seen,
    issued,
    valid,
    refreshable,
    steps: () => seen.filter((one) => one.path !== path).map((one) => `${one.method} ${one.path}`),
    at: (wanted) => seen.filter((one) => one.path === wanted),
  };
}

/** What a server of 2025-11-25 answers; undefined for a notification. */
export function replyTo(message: Record<string, unknown>): unknown {
  const { id, method, params } = message;
  if (id === undefined) return undefined;
  const result = (value: unknown): unknown => ({ jsonrpc: '2.0', id, result: value });
  switch (method) {
    case 'initialize':
      return result({
        protocolVersion: (params as { protocolVersion?: string }).protocolVersion ?? '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'fake', version: '1' },
      });
    case 'ping':
      return result({});
    case 'tools/list':
      return result({ tools: TOOLS });
    case 'tools/call':
      return result({ content: [{ type: 'text', text: JSON.stringify(params) }] });
    default:
      return { jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } };
  }
}
