/** What a server asks for when it answers 401 or 403 (RFC 6750 §3, RFC 9728 §5.1). */
export interface Challenge {
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
  readonly error?: string;
}

/** A scheme, or a parameter with its value. A quote that is never closed ends with the header. */
const PART = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*("(?:\\.|[^"\\])*"?|[^\s,;"]+))?/g;

/**
 * Reads a challenge as gateways write it: several schemes in one header, parameters with and without quotes, names in
 * any case. Only what stands after `Bearer` or `DPoP` counts, and of two values the first.
 *
 * @param server a relative `resource_metadata` is read against it.
 */
export function challengeIn(headers: Headers, server: URL): Challenge {
  const header = headers.get('www-authenticate') ?? '';
  const known = new Map<string, string>();
  let isOurs = false;
  for (const { 1: name = '', 2: value, index } of header.matchAll(PART)) {
    // A word alone is a scheme where a challenge may begin, and else part of a value that needed quotes.
    if (value === undefined && /(^|,)\s*$/.test(header.slice(0, index)))
      isOurs = /^(bearer|dpop)$/i.test(name);
    else if (value !== undefined && isOurs && !known.has(name.toLowerCase()))
      known.set(name.toLowerCase(), unquoted(value));
  }
  const metadata = known.get('resource_metadata');
  const scope = known.get('scope');
  const error = known.get('error');
  return {
    ...(metadata !== undefined && URL.canParse(metadata, server.href)
      ? { resourceMetadataUrl: new URL(metadata, server) }
      : {}),
    ...(scope ? { scope } : {}),
    ...(error ? { error } : {}),
  };
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1') : value;
}
