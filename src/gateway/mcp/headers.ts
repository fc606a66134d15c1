import type { IncomingHttpHeaders } from 'node:http';
import type { FlatHeaders } from '../../net/stream/request.ts';
import { downstreamHeaders, isForNextHop, listedIn } from '../headers.ts';
import { INERT } from './refuse.ts';

/** What only concerns a browser and its page, or this computer. Cookies of `127.0.0.1` belong to every program on it. */
const OUR_OWN =
  /^(host|content-length|expect|cookie|origin|referer|sec-.*|forwarded|via|x-real-ip|x-(codemie|forwarded)-.*)$/;
const KEY_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key'];

export interface Passing {
  /** The client sent the key of this gateway, which is for no server. */
  readonly hasKey: boolean;
  /** Left out: what a request that is not to the MCP server itself does not need. */
  readonly without?: readonly string[];
}

/** @returns the client's headers for an MCP server, with the client's own token. */
export function serverHeaders(incoming: IncomingHttpHeaders, { hasKey, without = [] }: Passing): FlatHeaders {
  const headers: FlatHeaders = [];
  const listed = listedIn(incoming.connection);
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || OUR_OWN.test(name) || isForNextHop(name) || listed.has(name)) continue;
    if (without.includes(name) || (hasKey && KEY_HEADERS.includes(name))) continue;
    headers.push(name, typeof value === 'string' ? value : value.join(', '));
  }
  return headers;
}

/** @returns a server's headers for the client, without those that `changed` replaces. */
export function clientHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  changed: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): FlatHeaders {
  return downstreamHeaders({ ...headers, 'clear-site-data': undefined, ...changed, ...INERT });
}
