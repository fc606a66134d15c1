import type { IncomingHttpHeaders } from 'node:http';
import type { FlatHeaders, UpstreamAnswer } from '../net/stream/request.ts';
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

/**
 * Request headers that reach the platform; every other one stays here. A platform may take headers from its own proxies
 * as the truth about a person, a method or an address, and web frameworks read `X_Name` like `X-Name`, so a list of
 * dangerous names would always miss some. These are what the agents and the SDKs of the three APIs send.
 */
const SENT = new Set(
  `accept accept-encoding accept-language content-encoding content-type user-agent if-none-match idempotency-key
  priority traceparent tracestate baggage originator version session-id session_id thread-id conversation-id
  conversation_id http-referer x-title x-app x-initiator x-request-id x-client-request-id x-client-app x-correlation-id
  x-session-id x-session-affinity x-goog-api-client x-goog-api-version x-goog-request-params x-vertex-ai-llm-request-type
  x-vertex-ai-llm-shared-request-type`.split(/\s+/),
);
const SENT_FAMILIES =
  /^(?:anthropic|openai|x-(?:anthropic|cc|claude|codex|gemini|openai|opencode|responsesapi|stainless))-[a-z\d-]+$/;

/** Response headers that reach the agent: what the SDKs read, and what helps support to find a request. */
const RETURNED = new Set(
  `content-type content-encoding content-language content-length cache-control date etag expires last-modified vary
  retry-after retry-after-ms server-timing request-id x-request-id x-correlation-id x-should-retry x-models-etag
  x-reasoning-included www-authenticate traceparent apim-request-id x-ms-request-id x-amzn-requestid cf-ray
  x-envoy-upstream-service-time`.split(/\s+/),
);
const RETURNED_FAMILIES =
  /^(?:anthropic|openai|ratelimit|x-(?:anthropic|codemie|codex|gemini|goog|litellm|openai|ratelimit))(?:-[a-z\d-]+)?$/;

/** Codings that the gateway can decode, to look for an echoed credential (echo.ts). */
const DECODABLE = /^(?:gzip|deflate|br|identity)\b/;

export interface Trace {
  readonly sessionId: string;
  readonly requestId: string;
  readonly client: string;
  readonly project?: string | undefined;
  readonly integration?: string | undefined;
}

/** @returns the headers for the platform: the agent's that may pass, ours, and the ones used for billing. */
export function upstreamHeaders(
  incoming: IncomingHttpHeaders,
  credential: Readonly<Record<string, string>>,
  trace: Trace | undefined,
): FlatHeaders {
  const headers: FlatHeaders = [];
  const listed = listedIn(incoming.connection);
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || listed.has(name) || !(SENT.has(name) || SENT_FAMILIES.test(name))) continue;
    if (name in credential || (trace !== undefined && name === 'x-request-id')) continue;
    const text = typeof value === 'string' ? value : value.join(', ');
    headers.push(name, name === 'accept-encoding' ? decodable(text) : text);
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
 * @param hides whether a text contains the credential. Such a header does not reach the agent.
 * @returns the platform's headers for the agent. Which web pages may read a response is up to cors.ts alone.
 */
export function downstreamHeaders(
  headers: UpstreamAnswer['headers'],
  hides: (text: string) => boolean,
): FlatHeaders {
  const kept: FlatHeaders = [];
  const listed = listedIn(headers['connection']);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !(RETURNED.has(name) || RETURNED_FAMILIES.test(name))) continue;
    if (name !== 'content-length' && listed.has(name)) continue;
    for (const one of typeof value === 'string' ? [value] : value) if (!hides(one)) kept.push(name, one);
  }
  return kept;
}

function decodable(accepted: string): string {
  const kept = accepted.split(',').filter((coding) => DECODABLE.test(coding.trim().toLowerCase()));
  return kept.length === 0 ? 'identity' : kept.join(',');
}

/** Whether a header is for the next hop only, whatever `Connection` names. */
export function isForNextHop(name: string): boolean {
  return HOP_BY_HOP.includes(name);
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
