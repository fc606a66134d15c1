import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Secret } from '../system/secret.ts';

export interface Refusal {
  readonly status: number;
  readonly why: string;
}

/**
 * Only a program that knows the key of this run and uses our own host name may use the gateway. A web page fails all
 * three checks: it cannot know the key, it sends an Origin, and after DNS rebinding its Host is wrong.
 *
 * @returns a function that says why a request is refused, or returns undefined if it may pass.
 */
export function createGuard(port: number, key: Secret): (request: IncomingMessage) => Refusal | undefined {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const own = Buffer.from(key.reveal());
  return ({ headers }) => {
    if (!hosts.has(headers.host ?? '')) return { status: 421, why: 'wrong host' };
    if (headers.origin !== undefined) return { status: 403, why: 'not available to web pages' };
    return knowsKey(headers, own) ? undefined : { status: 401, why: 'wrong or missing gateway key' };
  };
}

function knowsKey(headers: IncomingHttpHeaders, own: Buffer): boolean {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  let isKnown = false;
  // Compare every candidate, so that the timing reveals nothing.
  for (const given of [bearer, headers['x-api-key'], headers['x-goog-api-key']])
    if (typeof given === 'string' && same(Buffer.from(given), own)) isKnown = true;
  return isKnown;
}

/** Compares in constant time; the length of the key is not secret. */
function same(given: Buffer, own: Buffer): boolean {
  return given.length === own.length && timingSafeEqual(given, own);
}
