import { unreachable } from '../unreachable.ts';
import type { UpstreamAnswer } from './request.ts';

/** A request, kept so that it can be sent again after a redirect. */
export interface SentRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Headers about the connection and the length of the body, which we set ourselves (RFC 9110 §7.6.1). */
const OUR_OWN = [
  ...['host', 'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length'],
  ...['expect', 'proxy-connection', 'proxy-authorization', 'accept-encoding'],
];

export async function sentRequest(request: Request, userAgent: string): Promise<SentRequest> {
  const url = new URL(request.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError(`${url.protocol} is not supported: only http and https are.`);
  const headers = new Headers(request.headers);
  for (const name of OUR_OWN) headers.delete(name);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
  return { url, method: request.method, headers, body: new Uint8Array(await request.arrayBuffer()) };
}

const MOST_HOPS = 5;

/**
 * @returns the request to send next, or undefined if the response is not a redirect or leads to another origin: the
 * caller decides whether to send the request's contents there.
 * @throws UNREACHABLE (5) after five redirects.
 */
export function redirected(
  request: SentRequest,
  { status, headers: { location } }: UpstreamAnswer,
  hops: number,
): SentRequest | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (typeof location !== 'string' || !URL.canParse(location, request.url.href)) return undefined;
  const url = new URL(location, request.url);
  if (url.origin !== request.url.origin) return undefined;
  if (hops === MOST_HOPS) throw unreachable(request.url, `redirected ${MOST_HOPS} times`);
  const { method } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  if (isRead || (status !== 303 && (status > 303 || method !== 'POST'))) return { ...request, url };
  // The form was accepted: read its result (RFC 9110 §15.4).
  const headers = new Headers(request.headers);
  headers.delete('content-type');
  return { url, method: 'GET', headers, body: new Uint8Array() };
}
