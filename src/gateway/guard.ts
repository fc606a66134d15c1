import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Secret } from '../system/secret.ts';

/**
 * Who may use the gateway: a program that knows this run's key and reached us by our own name. A web page fails on
 * all three: it cannot know the key, it sends an Origin, and after DNS rebinding its Host is another one.
 *
 * @returns why a request is refused, or undefined when it may pass.
 */
export function refusalOf(
  request: IncomingMessage,
  port: number,
  key: Secret,
): { status: number; why: string } | undefined {
  const host = request.headers.host ?? '';
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return { status: 421, why: 'wrong host' };
  if (request.headers.origin !== undefined) return { status: 403, why: 'not for web pages' };
  return knowsKey(request, key) ? undefined : { status: 401, why: 'wrong or missing key of this gateway' };
}

function knowsKey({ headers }: IncomingMessage, key: Secret): boolean {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const own = Buffer.from(key.reveal());
  let isKnown = false;
  // Every candidate is compared whole, so that time tells nothing.
  for (const given of [bearer, headers['x-api-key'], headers['x-goog-api-key']])
    if (typeof given === 'string' && same(Buffer.from(given), own)) isKnown = true;
  return isKnown;
}

/** In constant time for what is compared; a key's length is no secret. */
function same(given: Buffer, own: Buffer): boolean {
  return given.length === own.length && timingSafeEqual(given, own);
}
