import type { FetchLike } from '@modelcontextprotocol/client';

interface Cookie {
  readonly value: string;
  readonly path: string;
  /** Epoch ms; infinite for the life of the process. */
  readonly expiresAt: number;
}

/** Enough for what servers behind a load balancer set; a server that sets more loses its oldest. */
const MOST = 50;

/**
 * Keeps cookies as a browser does, but for their own origin alone: load balancers tie a session to one server with them.
 * `Domain` counts for nothing.
 */
export function withCookies(fetch: FetchLike, now: () => number): FetchLike {
  const jars = new Map<string, Map<string, Cookie>>();
  return async (input, init) => {
    const { origin, pathname } = new URL(input);
    const jar = jars.get(origin) ?? new Map<string, Cookie>();
    jars.set(origin, jar);
    const sent = [...jar]
      .filter(([, { path, expiresAt }]) => expiresAt > now() && isBelow(pathname, path))
      .map(([name, { value }]) => `${name}=${value}`);
    const headers = new Headers(init?.headers);
    if (sent.length > 0 && !headers.has('cookie')) headers.set('cookie', sent.join('; '));
    const response = await fetch(input, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [name, cookie] = parse(line, now());
      jar.delete(name);
      if (name !== '' && cookie.expiresAt > now()) jar.set(name, cookie);
      if (jar.size > MOST) jar.delete([...jar.keys()][0] ?? '');
    }
    return response;
  };
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

function parse(line: string, now: number): readonly [name: string, Cookie] {
  const [pair = '', ...attributes] = line.split(';');
  const [name = '', value = ''] = halves(pair);
  const known = new Map(attributes.map(halves).map(([key = '', text = '']) => [key.toLowerCase(), text]));
  const path = known.get('path') ?? '/';
  // Anything else is no age (RFC 6265 §5.2.2).
  const age = /^-?\d{1,10}$/.exec(known.get('max-age') ?? '')?.[0];
  const date = Date.parse(known.get('expires') ?? '');
  const expiresAt =
    age === undefined ? (Number.isNaN(date) ? Number.POSITIVE_INFINITY : date) : now + Number(age) * 1000;
  return [name, { value, path: path.startsWith('/') ? path : '/', expiresAt }];
}

function halves(text: string): readonly string[] {
  const at = text.indexOf('=');
  return at === -1 ? [text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
