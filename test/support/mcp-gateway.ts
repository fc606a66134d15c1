import { type IncomingHttpHeaders, type IncomingMessage, request as open } from 'node:http';
import { onTestFinished } from 'vitest';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import type { Resolve } from '../../src/net/guard/destination.ts';
import { type TestContext, type TestContextOptions, testContext } from './context.ts';
import { fakePlatform, jwtCredential } from './platform.ts';

export interface McpGateway extends Gateway {
  readonly context: TestContext;
  /** The address of an MCP server through this gateway, with options before `original`. */
  through(server: string, options?: string): string;
}

export interface McpGatewayOptions {
  /** Origins or URLs of servers that may be on loopback. */
  readonly allow?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly resolve?: Resolve;
  readonly limits?: TestContextOptions['limits'];
  readonly port?: number;
  /** A context of an earlier gateway, for its home. */
  readonly context?: TestContext;
}

/** A gateway that is signed in to a platform which must not hear of MCP requests. */
export async function mcpGateway(options: McpGatewayOptions = {}): Promise<McpGateway> {
  const platform = await fakePlatform((_request, response) => void response.writeHead(500).end());
  const allowed = (options.allow ?? []).map((url) => new URL(url).host).join(',');
  const context =
    options.context ??
    testContext({
      env: { CODEMIE_MCP_ALLOW_HOSTS: allowed, ...options.env },
      ...(options.limits && { limits: options.limits }),
    });
  const gateway = await startGateway(context, {
    access: fixedAccess(platform.origin, jwtCredential(platform.origin, PLATFORM_TOKEN)),
    client: 'codemie-claude',
    project: 'p',
    sessionId: 's-1',
    port: options.port ?? 0,
    ...(options.resolve && { resolve: options.resolve }),
  });
  onTestFinished(() => gateway.close());
  return {
    ...gateway,
    context,
    through: (server, more = '') => `${gateway.url}/mcp_auth?${more}original=${encodeURIComponent(server)}`,
  };
}

export const PLATFORM_TOKEN = 'platform-token-1';

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, which is JSON. */
  readonly json: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends one request on its own connection and waits for the whole answer. Follows no redirect. */
export function ask(url: string, options: Asked = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = begin(url, options, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
          get json() {
            return JSON.parse(body) as Record<string, unknown>;
          },
        }),
      );
    });
    request.on('error', reject);
  });
}

/** Sends one request; the answer is for the caller to read. The path is sent as it is written. */
export function begin(
  url: string,
  { method = 'GET', headers = {}, body }: Asked,
  onAnswer: (response: IncomingMessage) => void,
) {
  const [, host = '', path = '/'] = /^http:\/\/([^/?]+)(.*)$/.exec(url) ?? [];
  const [hostname = '', port = ''] = host.split(':');
  const request = open(
    {
      hostname: hostname === 'localhost' ? '127.0.0.1' : hostname,
      port,
      path,
      method,
      agent: false,
      headers: { host, ...headers },
    },
    onAnswer,
  );
  request.end(body);
  return request;
}

/** The value of `resource_metadata` in a challenge. */
export function metadataIn({ headers }: Got): string {
  return /resource_metadata="([^"]+)"/.exec(headers['www-authenticate'] ?? '')?.[1] ?? '';
}

/** Where clients look for the metadata of a sign-in server with a path (RFC 8414 §3.1). */
export function wellKnown(issuer: string, type = 'oauth-authorization-server'): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/${type}${pathname.replace(/\/$/, '')}`;
}

/** Where they look last (OpenID Connect Discovery §4.1). */
export function appended(issuer: string): string {
  return `${issuer}/.well-known/openid-configuration`;
}

export interface Discovered {
  readonly resource: Record<string, unknown>;
  readonly issuer: string;
  readonly server: Record<string, unknown>;
}

/** What a client does before it signs in: challenge, resource metadata, server metadata. */
export async function discover(address: string): Promise<Discovered> {
  const challenged = await ask(address, { method: 'POST', body: '{}' });
  const resource = (await ask(metadataIn(challenged))).json;
  const [issuer = ''] = resource['authorization_servers'] as string[];
  const first = await ask(wellKnown(issuer));
  const server = first.status !== 404 ? first : await ask(appended(issuer));
  return { resource, issuer, server: server.json };
}
