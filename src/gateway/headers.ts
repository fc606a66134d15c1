import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110 §7.6.1, and what belongs to the connection with the agent alone. */
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'expect',
  // The agent's own idea of a credential never leaves this machine.
  'authorization',
  'cookie',
  'x-api-key',
  'x-goog-api-key',
  // Whom a request came by is for the proxies of the platform to say, which believe each other.
  'forwarded',
  'via',
  'x-real-ip',
]);
const DROPPED_FAMILIES = /^x-(codemie|forwarded)-/;

export interface Trace {
  readonly sessionId: string;
  readonly requestId: string;
  readonly client: string;
  readonly project?: string | undefined;
}

/** @returns the headers for the platform: the agent's, without its credential, with ours and what the platform counts by. */
export function upstreamHeaders(
  incoming: IncomingHttpHeaders,
  credential: Readonly<Record<string, string>>,
  trace: Trace | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const listed = listedIn(incoming.connection);
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || DROPPED.has(name) || listed.has(name) || DROPPED_FAMILIES.test(name)) continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  if (trace === undefined) return { ...headers, ...credential };
  return {
    ...headers,
    ...credential,
    'x-codemie-cli': `codemie-cli/${CODEMIE_VERSION}`,
    'x-codemie-client': trace.client,
    'x-codemie-session-id': trace.sessionId,
    'x-codemie-request-id': trace.requestId,
    'x-request-id': trace.requestId,
    ...(trace.project === undefined ? {} : { 'x-codemie-project': trace.project }),
  };
}

/** @returns the platform's headers for the agent: nothing of the connection, and no cookies. */
export function downstreamHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  const listed = listedIn(headers['connection']);
  for (const [name, value] of Object.entries(headers)) {
    const connection = (DROPPED.has(name) && name !== 'content-length') || listed.has(name);
    if (value !== undefined && !connection && name !== 'set-cookie') kept[name] = value;
  }
  return kept;
}

const NONE: ReadonlySet<string> = new Set();

/** RFC 9110 §7.6.1: what `Connection` names is for the next hop alone. */
function listedIn(connection: string | readonly string[] | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive') return NONE;
  return new Set(
    String(connection)
      .toLowerCase()
      .split(/[\s,]+/),
  );
}
