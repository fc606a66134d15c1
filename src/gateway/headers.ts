import type { IncomingHttpHeaders } from 'node:http';
import type { FlatHeaders } from '../net/stream/request.ts';
import { CLIENT_VERSION } from '../platform-api/client-version.ts';

/** RFC 9110 §7.6.1. */
const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Hop-by-hop headers, and others that concern only the connection with the agent. */
const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  // The agent's own credential never leaves this machine.
  'authorization',
  'cookie',
  'x-api-key',
  'x-goog-api-key',
  // The platform's proxies trust forwarding headers, so a client must not set them.
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
  readonly integration?: string | undefined;
}

/** @returns the headers for the platform: the agent's without its credential, ours, and the ones used for billing. */
export function upstreamHeaders(
  incoming: IncomingHttpHeaders,
  credential: Readonly<Record<string, string>>,
  trace: Trace | undefined,
): FlatHeaders {
  const headers: FlatHeaders = [];
  const listed = listedIn(incoming.connection);
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || DROPPED.has(name) || listed.has(name) || isOfFamily(name)) continue;
    if (name in credential || (trace !== undefined && name === 'x-request-id')) continue;
    headers.push(name, typeof value === 'string' ? value : value.join(', '));
  }
  for (const name in credential) headers.push(name, credential[name] ?? '');
  if (trace === undefined) return headers;
  headers.push(
    'x-codemie-cli',
    CLIENT_VERSION,
    'x-codemie-client',
    trace.client,
    'x-codemie-session-id',
    trace.sessionId,
    'x-codemie-request-id',
    trace.requestId,
    'x-request-id',
    trace.requestId,
  );
  if (trace.project !== undefined) headers.push('x-codemie-project', trace.project);
  if (trace.integration !== undefined) headers.push('x-codemie-integration', trace.integration);
  return headers;
}

/**
 * @returns the platform's headers for the agent, without hop-by-hop headers, cookies, and those that say which web
 * pages may read a response (cors.ts does).
 */
export function downstreamHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): FlatHeaders {
  const kept: FlatHeaders = [];
  const listed = listedIn(headers['connection']);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === 'set-cookie' || name.startsWith('access-control-')) continue;
    if (name !== 'content-length' && (DROPPED.has(name) || listed.has(name))) continue;
    if (typeof value === 'string') kept.push(name, value);
    else for (const one of value) kept.push(name, one);
  }
  return kept;
}

/** Whether a header is for the next hop only, whatever `Connection` names. */
export function isForNextHop(name: string): boolean {
  return HOP_BY_HOP.includes(name);
}

function isOfFamily(name: string): boolean {
  return name.startsWith('x-') && DROPPED_FAMILIES.test(name);
}

const NONE: ReadonlySet<string> = new Set();

/** Headers named in `Connection` are for the next hop only (RFC 9110 §7.6.1). */
export function listedIn(connection: string | readonly string[] | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive') return NONE;
  return new Set(
    String(connection)
      .toLowerCase()
      .split(/[\s,]+/),
  );
}
