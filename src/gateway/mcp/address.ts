import { refuse } from './refuse.ts';

/** The path under which the gateway forwards to the MCP server that the query names. */
export const MCP_PATH = '/mcp_auth';

/** What a client asked for with `/mcp_auth?…`. */
export interface McpAddress {
  /** As the client wrote it, because the client compares addresses by their bytes. */
  readonly query: string;
  /** The MCP server. */
  readonly original: URL;
  /** `issuer=gateway`: the gateway stands in for the sign-in server, for clients that compare issuers. */
  readonly isIssuer: boolean;
}

/**
 * For whoever configures a client.
 *
 * @param isIssuer for a client that compares issuers: Codex, and clients of the official SDK 2.x. Claude Code and OpenCode do not.
 * @returns the address of an MCP server through a gateway on this computer.
 */
export function throughGateway(port: number, server: string, isIssuer = false): string {
  return `http://127.0.0.1:${port}${MCP_PATH}?${queryFor(server, isIssuer)}`;
}

/** @returns the query with which a client names a server. */
export function queryFor(server: string, isIssuer: boolean): string {
  return `${isIssuer ? 'issuer=gateway&' : ''}original=${encodeURIComponent(server)}`;
}

const LONGEST = 8192;

/**
 * @param query without its question mark. `original` is percent-encoded, or written as it is in the last place.
 * @throws Refused (400).
 */
export function addressIn(query: string): McpAddress {
  const found = /(?:^|&)original=/.exec(query);
  if (found === null) throw refuse(400, 'the query has no "original", the address of the MCP server');
  const rest = query.slice(found.index + found[0].length);
  const isPlain = /^[a-z][a-z\d+.-]*:/i.test(rest);
  const [value = '', ...more] = isPlain ? [rest] : rest.split('&');
  const options = new URLSearchParams([query.slice(0, found.index), ...more].join('&'));
  if (options.has('original')) throw refuse(400, '"original" is given twice');
  const issuer = options.get('issuer');
  if (issuer !== null && issuer !== 'gateway')
    throw refuse(400, '"issuer" can only be "gateway", or be left out');
  return { query, original: serverIn(isPlain ? value : decoded(value)), isIssuer: issuer !== null };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw refuse(400, '"original" is not encoded correctly');
  }
}

function serverIn(text: string): URL {
  if (text.length > LONGEST || /[\u0000-\u0020\u007f]/.test(text) || !URL.canParse(text))
    throw refuse(400, '"original" is not a URL');
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw refuse(400, '"original" must start with https://');
  if (url.username !== '' || url.password !== '')
    throw refuse(400, '"original" must not have a user name or password');
  url.hash = '';
  return url;
}
