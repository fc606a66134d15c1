import { join } from 'node:path';
import { type FakeMcp, type FakeMcpOptions, fakeMcp, type Seen } from './fake-mcp.ts';
import { type McpHost, type McpHostOptions, mcpHost } from './mcp-host.ts';

/** Variables of one person's machine, for several proxies on it. */
export function machineOf(home: string): Record<string, string> {
  return {
    HOME: home,
    CODEMIE_HOME: join(home, '.codemie'),
    CODEMIE_MCP_TOKEN_STORE: 'plaintext-file',
    CODEMIE_PASSPHRASE: 'passphrase of this test only',
  };
}

/** A proxy on that machine. */
export function hostOn(home: string, address: string, options: McpHostOptions = {}): McpHost {
  return mcpHost(address, { ...options, env: { ...machineOf(home), ...options.env } });
}

export interface StrictMcp extends FakeMcp {
  /** Refresh tokens in the order in which they were used. */
  readonly refreshes: () => readonly string[];
  /** Whether a refresh token was used twice, which ended every session. */
  hasEnded(): boolean;
}

/** A server that ends the session when a refresh token is used twice (OAuth 2.1 §4.3.1). */
export async function strictMcp(options: FakeMcpOptions = {}): Promise<StrictMcp> {
  const used = new Set<string>();
  let hasEnded = false;
  const server = await fakeMcp({
    oauth: true,
    ...options,
    intercept: (seen, response) => {
      const token = refreshTokenIn(seen);
      if (token !== undefined) {
        if (used.has(token)) hasEnded = true;
        used.add(token);
        if (hasEnded) {
          server.valid.clear();
          response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
          return true;
        }
      }
      return options.intercept?.(seen, response);
    },
  });
  return { ...server, refreshes: () => [...used], hasEnded: () => hasEnded };
}

export function refreshTokenIn({ path, body }: Seen): string | undefined {
  if (path !== '/token') return undefined;
  const form = new URLSearchParams(body);
  return form.get('grant_type') === 'refresh_token' ? (form.get('refresh_token') ?? '') : undefined;
}
