import type { IncomingHttpHeaders } from 'node:http';
import type { FlatHeaders } from '../../net/stream/request.ts';
import { isForNextHop, listedIn } from '../headers.ts';
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

type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What only concerns the server's own site. */
const OF_ITS_SITE = /^(set-cookie|clear-site-data|forwarded|via|access-control-.*)$/;

/** @returns a server's headers for the client, without those that `changed` replaces. */
export function clientHeaders(headers: AnswerHeaders, changed: AnswerHeaders = {}): FlatHeaders {
  const kept: FlatHeaders = [];
  const listed = listedIn(headers['connection']);
  for (const [name, value] of Object.entries({ ...headers, ...changed, ...INERT })) {
    if (value === undefined || OF_ITS_SITE.test(name) || isForNextHop(name)) continue;
    if (name !== 'content-length' && listed.has(name)) continue;
    for (const one of typeof value === 'string' ? [value] : value) kept.push(name, one);
  }
  return kept;
}
