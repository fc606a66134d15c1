import { isLoopbackHost } from '../../net/origin.ts';
import { changeParameters } from './parameters.ts';
import { refuse } from './refuse.ts';
import type { Flow, Relay, RelayUrls } from './relay-url.ts';

interface Page {
  readonly urls: RelayUrls;
  readonly base: string;
  readonly flow: Flow;
  readonly relay: Relay;
  readonly query: URLSearchParams;
}

/**
 * The same for all clients of an issuer: their `state` says where each is. It names no MCP server, because the sign-in server reads it.
 *
 * @returns the redirect URI where the gateway stands in for the issuer; else undefined.
 */
export function callbackOf({ urls, base, relay }: Pick<Page, 'urls' | 'base' | 'relay'>): string | undefined {
  if (relay.issuer === undefined) return undefined;
  const relayed: Relay = { purpose: 'callback', origin: new URL(relay.issuer).origin };
  return urls.issue(base, { query: '' }, relayed, '');
}

/**
 * The browser's way to the authorization endpoint. Clients that compare issuers expect the gateway's in the redirect back, and the
 * server names its own (RFC 9207). So the redirect passes through the gateway, which compares in their place.
 *
 * @returns the real page.
 */
export function authorizationPage(page: Page, endpoint: URL): URL {
  const { urls, relay, flow, query } = page;
  const redirectUri = callbackOf(page);
  const wanted = query.get('redirect_uri');
  if (redirectUri !== undefined) {
    const { issuer = '', namesIssuer = false } = relay;
    const back = { uri: clientsOwn(wanted), issuer, ...(namesIssuer && { names: 'yes' }) };
    const state = query.get('state');
    query.set('state', urls.seal(state === null ? back : { ...back, state }));
  }
  changeParameters(query, { flow, redirectUri });
  const url = new URL(endpoint);
  url.search = query.toString();
  return url;
}

/**
 * @returns where the client waits for the answer of the sign-in server.
 * @throws Refused (400) if the answer belongs to no sign-in of this gateway, or comes from another issuer.
 */
export function clientCallback({ urls, query }: Pick<Page, 'urls' | 'query'>): URL {
  const { uri, issuer, names, state } = urls.unseal(query.get('state') ?? '') ?? {};
  if (uri === undefined) throw refuse(400, 'this is not the answer to a sign-in that began here');
  const iss = query.get('iss');
  if (iss === null ? names !== undefined : iss !== issuer)
    throw refuse(400, 'the answer to the sign-in comes from another server');
  query.delete('iss');
  query.delete('state');
  if (state !== undefined) query.set('state', state);
  const url = new URL(uri);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url;
}

/** A program on this computer: the sign-in server no longer compares the redirect URI with a registered one. */
function clientsOwn(uri: string | null): string {
  const url = uri !== null && URL.canParse(uri) ? new URL(uri) : undefined;
  const isWeb = url !== undefined && /^https?:$/.test(url.protocol);
  if (url !== undefined && isWeb && isLoopbackHost(url.hostname)) return url.href;
  throw refuse(400, 'the redirect URI must be on this computer');
}
