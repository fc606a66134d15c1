import { webUrl } from '../../net/origin.ts';
import { isRecord } from '../../system/json.ts';
import { MCP_PATH, type McpAddress } from './address.ts';
import { refuse } from './refuse.ts';
import type { Flow, Relay, RelayUrls } from './relay-url.ts';

type Document = Readonly<Record<string, unknown>>;

/** Where rewritten URLs lead: the gateway as this client names it, and the flow they are for. */
export interface Rewriting {
  readonly urls: RelayUrls;
  /** `http://127.0.0.1:PORT` or `http://localhost:PORT`. */
  readonly base: string;
  readonly flow: Flow;
}

const METADATA = /(\bresource_metadata\s*=\s*)(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/** @returns a `WWW-Authenticate` header whose `resource_metadata` (RFC 9728 §5.1) leads through the gateway. */
export function rewriteChallenge(header: string, rewriting: Rewriting): string {
  return header.replace(METADATA, (whole: string, name: string, quoted?: string, bare?: string) => {
    const url = webUrl((quoted ?? bare ?? '').replace(/\\(.)/g, '$1'));
    return url === undefined ? whole : `${name}"${issue(rewriting, 'resource', url)}"`;
  });
}

/**
 * Protected resource metadata (RFC 9728 §2) for a client that knows the resource by the gateway's address. The client can no longer
 * compare `resource` with the server, so the gateway does: a server must not get a token that is good for another one.
 *
 * @throws Refused (502).
 */
export function resourceDocument(document: Document, address: McpAddress, given: Rewriting): Document {
  const { resource, authorization_servers: servers, jwks_uri: keys } = document;
  if (typeof resource !== 'string' || !isPartOf(address.original, resource))
    throw refuse(502, `the metadata of ${address.original.host} describes another resource`);
  const rewriting = { ...given, flow: { query: address.query, resource } };
  const relayed = (server: unknown): unknown => {
    const url = urlIn(server);
    if (url === undefined) return server;
    const issuer = address.isIssuer ? { issuer: String(server) } : {};
    // The client builds addresses from this one; `https://host` and `https://host/` stay apart.
    const path = url.pathname === '/' && !String(server).endsWith('/') ? '' : `${url.pathname}${url.search}`;
    return given.urls.issue(
      given.base,
      rewriting.flow,
      { purpose: 'server', origin: url.origin, ...issuer },
      path,
    );
  };
  const keyUrl = urlIn(keys);
  return {
    ...document,
    resource: resourceOf(given.base, address.query),
    ...(Array.isArray(servers) ? { authorization_servers: servers.map(relayed) } : {}),
    ...(keyUrl === undefined ? {} : { jwks_uri: issue(rewriting, 'endpoint', keyUrl) }),
  };
}

/** RFC 9728 §3.3, as clients of MCP check it: the same origin, and the path or a folder of it. */
function isPartOf(server: URL, resource: string): boolean {
  const url = webUrl(resource);
  const folder = (path: string): string => `${path.replace(/\/$/, '')}/`;
  return url?.origin === server.origin && folder(server.pathname).startsWith(folder(url.pathname));
}

/** A browser opens these; the program that reads the document does not. */
const FOR_BROWSERS = ['end_session_endpoint'];

/**
 * Metadata of a sign-in server (RFC 8414 §2) whose endpoints lead through the gateway. `issuer` stays, unless the gateway stands
 * in for it. The authorization endpoint is a redirect to the real one that restores `resource`.
 *
 * @throws Refused (502) where the gateway stands in for an issuer that is another one than was asked for.
 */
export function serverDocument(document: Document, relay: Relay, self: string, given: Rewriting): Document {
  const namesIssuer = document['authorization_response_iss_parameter_supported'] === true;
  const standing = standIn(document, relay);
  const relayed = (name: string, value: unknown): unknown => {
    if (isRecord(value) && name === 'mtls_endpoint_aliases') return members(value);
    const url = urlIn(value);
    if (url === undefined || FOR_BROWSERS.includes(name) || !/_endpoint$|^jwks_uri$/.test(name)) return value;
    return issue(given, PURPOSES[name] ?? 'endpoint', url, {
      ...standing,
      ...(namesIssuer && { namesIssuer }),
    });
  };
  const members = (part: Document): Document =>
    Object.fromEntries(Object.entries(part).map(([name, value]) => [name, relayed(name, value)]));
  const rewritten = members(document);
  if (standing.issuer === undefined) return rewritten;
  const {
    // Its redirect URIs are not the gateway's.
    client_id_metadata_document_supported: _documents,
    // The gateway has compared it.
    authorization_response_iss_parameter_supported: _names,
    ...rest
  } = rewritten;
  return { ...rest, issuer: self };
}

const PURPOSES: Readonly<Record<string, Relay['purpose']>> = {
  registration_endpoint: 'register',
  authorization_endpoint: 'authorize',
};

/** RFC 8414 §3.3; a slash as the whole path is optional (RFC 3986 §6.2.3). */
function standIn({ issuer }: Document, { issuer: wanted }: Relay): { readonly issuer?: string } {
  if (wanted === undefined) return {};
  const plain = (text: string): string => (webUrl(text)?.pathname === '/' ? text.replace(/\/$/, '') : text);
  if (typeof issuer !== 'string' || plain(issuer) !== plain(wanted))
    throw refuse(502, `the metadata of ${new URL(wanted).host} names another issuer`);
  return { issuer };
}

function issue(
  { urls, base, flow }: Rewriting,
  purpose: Relay['purpose'],
  url: URL,
  more: Pick<Relay, 'issuer' | 'namesIssuer'> = {},
): string {
  return urls.issue(base, flow, { purpose, origin: url.origin, ...more }, `${url.pathname}${url.search}`);
}

/** @returns the resource as its client names it: the URL the client connected to. */
export function resourceOf(base: string, query: string): string {
  return `${base}${MCP_PATH}?${query}`;
}

function urlIn(value: unknown): URL | undefined {
  return typeof value === 'string' ? webUrl(value) : undefined;
}
