/** What a server says of the token it wants (RFC 6750 §3, RFC 9728 §5.1). All of it is the server's own text. */
export interface Challenge {
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
  readonly error?: string;
}

/** A scheme, or a parameter with its value as a quoted string or a token (RFC 9110 §11.2). */
const PART = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;
const TOKEN_SCHEMES = new Set(['bearer', 'dpop']);

/** Reads `WWW-Authenticate`, which may hold challenges of other schemes, too. */
export function challengeIn({ headers }: Response): Challenge {
  const found = new Map<string, string>();
  let isOurs = false;
  for (const [, name = '', quoted, plain] of (headers.get('www-authenticate') ?? '').matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) isOurs = TOKEN_SCHEMES.has(name.toLowerCase());
    else if (isOurs && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  const [address = '', scope, error] = ['resource_metadata', 'scope', 'error'].map((name) => found.get(name));
  return {
    ...(URL.canParse(address) && { resourceMetadataUrl: new URL(address) }),
    ...(scope && { scope }),
    ...(error && { error }),
  };
}
