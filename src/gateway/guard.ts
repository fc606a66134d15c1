import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Secret } from '../system/secret.ts';

export interface Refusal {
  readonly status: number;
  readonly why: string;
}

export interface Guard {
  /**
   * Only a program that knows the key of this run and uses our own host name may use the gateway. A web page fails all
   * three checks: it cannot know the key, it sends an Origin, and after DNS rebinding its Host is wrong.
   *
   * @returns why a request is refused; undefined if it may pass.
   */
  refusalOf(request: IncomingMessage): Refusal | undefined;
  /** The first of these checks alone. */
  hostRefusalOf(request: IncomingMessage): Refusal | undefined;
  hasKey(request: IncomingMessage): boolean;
}

export function createGuard(port: number, key: Secret): Guard {
  const names = ['127.0.0.1', 'localhost'];
  // Clients leave the port of http out (RFC 9110 §4.2.3).
  const hosts = new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
  const own = Buffer.from(key.reveal());
  const hostRefusalOf = ({ headers }: IncomingMessage): Refusal | undefined =>
    hosts.has(headers.host ?? '') ? undefined : { status: 421, why: 'wrong host' };
  return {
    hostRefusalOf,
    hasKey: ({ headers }) => knowsKey(headers, own),
    refusalOf: (request) => {
      const { headers } = request;
      const foreign = hostRefusalOf(request);
      if (foreign !== undefined) return foreign;
      if (headers.origin !== undefined) return { status: 403, why: 'not available to web pages' };
      return knowsKey(headers, own) ? undefined : { status: 401, why: 'wrong or missing gateway key' };
    },
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
