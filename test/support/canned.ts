import type { FakeMcpOptions } from './fake-mcp.ts';

export interface Canned {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body of JSON. */
  readonly json?: unknown;
  readonly html?: string;
}

/** An answer, by the origin of the fake and how often the path was asked before. */
export type CannedBy = (origin: string, before: number) => Canned | undefined;

/** Answers of one server by path, before the fake answers. `*` answers every well-known address without its own. */
export function canned(
  table: Readonly<Record<string, Canned | CannedBy>>,
): NonNullable<FakeMcpOptions['intercept']> {
  const asked = new Map<string, number>();
  return ({ path, headers }, response) => {
    const wanted = table[path] ?? (path.includes('/.well-known/') ? table['*'] : undefined);
    const before = asked.get(path) ?? 0;
    asked.set(path, before + 1);
    const found = typeof wanted === 'function' ? wanted(`http://${headers.host}`, before) : wanted;
    if (found === undefined) return false;
    const isHtml = found.html !== undefined;
    response
      .writeHead(found.status ?? 200, {
        'content-type': isHtml ? 'text/html' : 'application/json',
        ...found.headers,
      })
      .end(isHtml ? found.html : found.json === undefined ? '' : JSON.stringify(found.json));
    return true;
  };
}

/** Metadata of an authorization server whose endpoints the fake has. */
export function serverMetadata(origin: string, issuer = origin): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
  };
}
