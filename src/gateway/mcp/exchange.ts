import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '../../net/limits.ts';
import { type RequestBody, takeBody, wholeBody } from '../../net/stream/replayable-body.ts';
import type { FlatHeaders, UpstreamAnswer } from '../../net/stream/request.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { passOn } from '../pass-on.ts';
import { type McpAddress, queryFor } from './address.ts';
import { readAnswer } from './bodies.ts';
import { type Rewriting, resourceDocument, resourceOf, rewriteChallenge } from './documents.ts';
import { clientHeaders, serverHeaders } from './headers.ts';
import { refuse } from './refuse.ts';
import type { Flow, RelayUrls } from './relay-url.ts';
import type { Upstreams } from './upstreams.ts';

/** One request of a client, and what it is answered with. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly urls: RelayUrls;
  readonly upstreams: Upstreams;
  readonly limits: Limits;
  readonly hasKey: boolean;
  /** The gateway as this client names it: `http://127.0.0.1:PORT`. */
  readonly base: string;
}

export interface Outcome {
  readonly status: number;
  readonly bytes: number;
  /** Host and port of the server. */
  readonly host?: string;
}

/** A request to the MCP server, with the client's token, streamed in both directions. */
export async function toServer(exchange: Exchange, address: McpAddress): Promise<Outcome> {
  const { request, response, limits, hasKey, base, urls } = exchange;
  const body = takeBody(request, limits);
  await body.ready();
  const headers = serverHeaders(request.headers, { hasKey });
  const answer = await ask(exchange, address.original, { method: request.method ?? 'GET', headers, body });
  body.settle();
  const rewriting: Rewriting = { urls, base, flow: { query: address.query } };
  const challenges = [answer.headers['www-authenticate'] ?? []].flat();
  const location = await redirectFor(exchange, answer, address.original, (url) =>
    resourceOf(base, queryFor(url.href, address.isIssuer)),
  );
  response.writeHead(
    answer.status,
    clientHeaders(answer.headers, {
      ...(challenges.length > 0 && {
        'www-authenticate': challenges.map((one) => rewriteChallenge(one, rewriting)),
      }),
      ...(location !== undefined && { location }),
    }),
  );
  return { status: answer.status, bytes: await passOn(answer.body, response), host: address.original.host };
}

/**
 * The metadata of the MCP server: below its path, or at its root (RFC 9728 §3.1). Clients ask for it before they are challenged.
 */
export async function toResourceMetadata(exchange: Exchange, address: McpAddress): Promise<Outcome> {
  const { original } = address;
  const below = new URL(`${WELL_KNOWN}${original.pathname.replace(/\/$/, '')}${original.search}`, original);
  const root = new URL(WELL_KNOWN, original);
  const first = await askForDocument(exchange, below);
  // A web application answers any path with its page.
  const isPage = /^text\/html\b/i.test(String(first.headers['content-type']));
  const isAbsent = isPage || (first.status >= 400 && first.status < 500);
  const isThere = !isAbsent || below.href === root.href;
  if (!isThere) first.body.destroy();
  const answer = isThere ? first : await askForDocument(exchange, root);
  return passResource(exchange, answer, isThere ? below : root, address);
}

/** Passes the metadata of an MCP server on. */
export function passResource(
  exchange: Exchange,
  answer: UpstreamAnswer,
  url: URL,
  address: McpAddress,
): Promise<Outcome> {
  const { urls, base } = exchange;
  const flow: Flow = { query: address.query };
  const relayed = (to: URL): string =>
    urls.issue(base, flow, { purpose: 'resource', origin: to.origin }, `${to.pathname}${to.search}`);
  return passDocument(exchange, answer, { url, relayed }, (document) =>
    resourceDocument(document, address, { urls, base, flow }),
  );
}

/** RFC 9728 §3. */
export const WELL_KNOWN = '/.well-known/oauth-protected-resource';

type Document = Readonly<Record<string, unknown>>;

/** Asks for metadata: without the client's token, which is for the MCP server itself. */
export function askForDocument(exchange: Exchange, url: URL): Promise<UpstreamAnswer> {
  const { request, hasKey, limits } = exchange;
  const without = ['authorization', 'accept-encoding', 'mcp-session-id', 'content-type', 'if-none-match'];
  const headers = serverHeaders(request.headers, { hasKey, without });
  return ask(exchange, url, { method: 'GET', headers, body: wholeBody(Buffer.alloc(0)) }, limits.exchangeMs);
}

/** Passes a document on, rewritten if it is one; what is no JSON object is for the client to judge. */
export async function passDocument(
  exchange: Exchange,
  answer: UpstreamAnswer,
  { url, relayed }: { readonly url: URL; readonly relayed: (to: URL) => string },
  rewrite: (document: Document) => Document,
): Promise<Outcome> {
  const { response, limits } = exchange;
  const { status, headers } = answer;
  const location = await redirectFor(exchange, answer, url, relayed);
  const stop = setTimeout(() => answer.body.destroy(), limits.exchangeMs);
  const bytes = await readAnswer(answer).finally(() => clearTimeout(stop));
  const document = objectIn(bytes.toString('utf8'));
  const isDocument = status < 400 && isRecord(document);
  const body = isDocument ? Buffer.from(JSON.stringify(rewrite(document))) : bytes;
  const changed = {
    'content-encoding': undefined,
    etag: undefined,
    'content-length': String(body.length),
    ...(location !== undefined && { location }),
  };
  response.writeHead(status, clientHeaders(headers, changed)).end(body);
  return { status, bytes: body.length, host: url.host };
}

interface Asked {
  readonly method: string;
  readonly headers: FlatHeaders;
  readonly body: RequestBody;
}

/** Sends a request that ends with the client's. @param limitMs for the first byte of the answer. */
export async function ask(
  { response, upstreams }: Exchange,
  url: URL,
  asked: Asked,
  limitMs?: number,
): Promise<UpstreamAnswer> {
  let end: () => void = () => undefined;
  let isLate = false;
  response.once('close', () => {
    if (!response.writableFinished) end();
  });
  const onGone = (next: () => void): void => {
    end = next;
    if (response.destroyed) next();
  };
  const late = (): void => {
    isLate = true;
    end();
  };
  const timer = limitMs === undefined ? undefined : setTimeout(late, limitMs);
  try {
    return await upstreams.send({ url, ...asked, onGone });
  } catch (error) {
    throw isLate ? refuse(504, `${url.host} did not answer in time`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A redirect within the origin leads through the gateway again. One to another origin is left as it is, so that the client sees that its
 * token is for another server, unless it leads to a place that is closed to servers.
 *
 * @returns the new `Location`; undefined to keep it.
 * @throws DESTINATION_REFUSED.
 */
export async function redirectFor(
  { upstreams }: Exchange,
  { headers: { location } }: UpstreamAnswer,
  from: URL,
  relayed: (url: URL) => string,
): Promise<string | undefined> {
  if (typeof location !== 'string') return undefined;
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw refuse(502, 'the server redirected to no web address');
  if (url.origin === from.origin) return relayed(url);
  await upstreams.requireAllowed(url);
  return url.href;
}
