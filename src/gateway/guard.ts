import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Secret } from '../system/secret.ts';
import type { Openings } from './openings.ts';

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
  /** The first of these checks alone, for the names of this computer alone. */
  hostRefusalOf(request: IncomingMessage): Refusal | undefined;
  /** @returns the origin of a request by a web page that may use the gateway; it still needs the key. */
  pageOf(request: IncomingMessage): string | undefined;
  hasKey(request: IncomingMessage): boolean;
}

const OWN_NAMES = ['127.0.0.1', 'localhost'];

export function createGuard(port: number, key: Secret, { allowHosts, allowOrigins }: Openings): Guard {
  // Clients leave the port of http out (RFC 9110 §4.2.3).
  const withPort = (names: readonly string[]): ReadonlySet<string> =>
    new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
  const ownHosts = withPort(OWN_NAMES);
  const hosts = withPort([...OWN_NAMES, ...allowHosts]);
  const own = Buffer.from(key.reveal());
  const isAt = (known: ReadonlySet<string>, { headers }: IncomingMessage): boolean =>
    known.has((headers.host ?? '').toLowerCase());
  const pageOf = (request: IncomingMessage): string | undefined => {
    const { origin } = request.headers;
    return origin !== undefined && allowOrigins.includes(origin) && isAt(hosts, request) ? origin : undefined;
  };
  return {
    hostRefusalOf: (request) => (isAt(ownHosts, request) ? undefined : WRONG_HOST),
    pageOf,
    hasKey: ({ headers }) => knowsKey(headers, own),
    refusalOf: (request) => {
      const { headers } = request;
      if (!isAt(hosts, request)) return OTHER_HOST;
      if (headers.origin !== undefined && pageOf(request) === undefined) return WEB_PAGE;
      return knowsKey(headers, own) ? undefined : { status: 401, why: 'wrong or missing gateway key' };
    },
  };
}

const WRONG_HOST = { status: 421, why: 'wrong host' };
const OTHER_HOST = {
  status: 421,
  why: 'wrong host: use 127.0.0.1 or localhost, or start the gateway with --allow-host NAME',
};
const WEB_PAGE = {
  status: 403,
  why: 'not available to web pages, unless the gateway is started with --allow-origin ORIGIN',
};

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
