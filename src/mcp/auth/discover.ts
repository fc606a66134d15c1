import {
  checkResourceAllowed,
  LATEST_PROTOCOL_VERSION,
  type OAuthProtectedResourceMetadata as ResourceMetadata,
  type OAuthMetadata as ServerMetadata,
} from '@modelcontextprotocol/client';
import { printable } from '../../system/printable.ts';
import { McpError } from '../errors.ts';
import { plainAddress } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { type Read, resourceIn, serverIn } from './documents.ts';
import { isSameIssuer } from './issuer.ts';
import { type Ask, isFinal, recordIn, unanswered } from './small-answers.ts';

/** One address that was asked for a document, and what came of it. */
export interface Looked {
  readonly url: string;
  /** `found`, or why it does not count. */
  readonly verdict: string;
}

export interface Discovery {
  /** As the server's metadata was asked for. */
  readonly issuer: string;
  /** Where the server publishes none, its own address stands in for it. */
  readonly resource: ResourceMetadata;
  readonly server: ServerMetadata;
}

export interface DiscoverOptions {
  readonly settings: Pick<McpSettings, 'url' | 'sendResource'>;
  readonly ask: Ask;
  /** Told of each address as it was asked. */
  readonly note: (looked: Looked) => void;
}

/**
 * Finds the authorization server of an MCP server, as its authorization specification orders: the resource's metadata
 * from the challenge, below the path, at the root; then the server's metadata of OAuth and of OpenID Connect. A document
 * counts when it is one; everything else is "not here" and the next address is asked.
 *
 * @param challenged the `resource_metadata` of the challenge.
 * @throws McpError that lists each address with its verdict, or names the one that is out of order.
 */
export async function discover(options: DiscoverOptions, challenged: URL | undefined): Promise<Discovery> {
  const looked: Looked[] = [];
  const noting = {
    ...options,
    note: (one: Looked) => {
      looked.push(one);
      options.note(one);
    },
  };
  const { resource, issuer } = await findResource(noting, challenged);
  const server = await findServer(noting, issuer);
  if (server !== undefined) return { issuer, resource, server };
  throw notFound(options.settings.url, looked);
}

export function notFound({ host }: URL, looked: readonly Looked[]): McpError {
  return new McpError(
    'MCP_DISCOVERY_FAILED',
    `${host} asks for a sign-in, but where to sign in was not found. ${listed(looked)}.`,
    'Check the address. If it is right, ask whoever runs the server to publish its OAuth metadata.',
  );
}

export function listed(looked: readonly Looked[]): string {
  return looked.map(({ url, verdict }) => `${url} (${verdict})`).join('; ');
}

/** RFC 9728 §3. Without a document, the server's own origin is its authorization server (MCP of 2025-03-26). */
export async function findResource(
  { settings, ask, note }: DiscoverOptions,
  challenged: URL | undefined,
): Promise<{ readonly issuer: string; readonly resource: ResourceMetadata }> {
  const { url, sendResource } = settings;
  const found = await firstOf(resourceAddresses(url, challenged), resourceIn, ask, note);
  const resource = found ?? { resource: resourceOf(url), authorization_servers: [] };
  if (sendResource) requireSameResource(resource.resource, url);
  return { issuer: resource.authorization_servers?.[0] ?? `${url.origin}/`, resource };
}

/** RFC 8414 §3, and OpenID Connect Discovery §4. A document of another issuer is never used. */
export function findServer(
  { ask, note }: DiscoverOptions,
  issuer: string,
): Promise<ServerMetadata | undefined> {
  const read = (document: Record<string, unknown>): Read<ServerMetadata> => {
    const server = serverIn(document);
    return 'why' in server || isSameIssuer(issuer, server.value.issuer)
      ? server
      : { why: `of another issuer, ${printable(server.value.issuer)}` };
  };
  return firstOf(serverAddresses(new URL(issuer)), read, ask, note);
}

function resourceAddresses(server: URL, challenged: URL | undefined): readonly URL[] {
  const root = new URL('/.well-known/oauth-protected-resource', server);
  const path = server.pathname.replace(/\/$/, '');
  const below = new URL(`${root.pathname}${path}${server.search}`, server);
  const addresses = [...(challenged === undefined ? [] : [challenged]), below, root];
  return [...new Map(addresses.map((one) => [one.href, one])).values()];
}

function serverAddresses(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '');
  const known = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    ...(path === '' ? [] : [`${path}/.well-known/openid-configuration`]),
  ];
  return known.map((one) => new URL(one, issuer.origin));
}

async function firstOf<T>(
  addresses: readonly URL[],
  read: (document: Record<string, unknown>) => Read<T>,
  ask: Ask,
  note: (looked: Looked) => void,
): Promise<T | undefined> {
  for (const address of addresses) {
    const url = plainAddress(address);
    const answer = await patiently(address, ask);
    const document = answer.ok ? await recordIn(answer) : undefined;
    const result = document === undefined ? undefined : read(document);
    if (result !== undefined && 'value' in result) {
      note({ url, verdict: 'found' });
      return result.value;
    }
    const why = answer.ok ? (result?.why ?? 'but no JSON document') : '';
    note({ url, verdict: `answered ${answer.status}${why && ` ${why}`}` });
  }
  return undefined;
}

const HEADERS = { accept: 'application/json', 'mcp-protocol-version': LATEST_PROTOCOL_VERSION };

/** What a server says that is down for a moment. Any other answer is about the document. */
const isDown = ({ status }: Response): boolean => status >= 500 || status === 429 || status === 408;

/** Asks twice at most. @throws McpError that names the address. */
async function patiently(url: URL, ask: Ask): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(url, { headers: HEADERS }).catch((error: unknown) => error);
    if (answer instanceof Response && !isDown(answer)) return answer;
    if (isFinal(answer)) throw answer;
    if (attempt < 2) continue;
    if (answer instanceof Response)
      throw new McpError(
        'MCP_DISCOVERY_FAILED',
        `${plainAddress(url)} answered with status ${answer.status}.`,
        'The server may be down for a moment. Try again.',
      );
    throw unanswered('MCP_UNREACHABLE', plainAddress(url), answer);
  }
}

/** The MCP server's own address without a fragment, as RFC 8707 §2 wants it. */
export function resourceOf(server: URL): string {
  const url = new URL(server);
  url.hash = '';
  return url.pathname === '/' && !server.href.includes('/?') ? url.href.replace(/\/$/, '') : url.href;
}

/** RFC 9728 §3.3: a token for another resource must not be asked for in this one's name. */
function requireSameResource(resource: string, server: URL): void {
  if (checkResourceAllowed({ requestedResource: resourceOf(server), configuredResource: resource })) return;
  throw new McpError(
    'MCP_DISCOVERY_FAILED',
    `The metadata of ${server.host} is about another resource (${printable(resource)}).`,
    'Check the address, or ask whoever runs the server to correct "resource" in its metadata.',
  );
}
