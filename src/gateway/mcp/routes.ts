import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../../context.ts';
import { createMcpLog } from '../../mcp/log.ts';
import { type Resolve, systemResolve } from '../../net/guard/destination.ts';
import { isLoopbackHost } from '../../net/origin.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { inOneLine } from '../advice.ts';
import { addressIn, MCP_PATH } from './address.ts';
import { type Exchange, type Outcome, toResourceMetadata, toServer, WELL_KNOWN } from './exchange.ts';
import { Refused, refuse, sayRefused } from './refuse.ts';
import { relay } from './relay.ts';
import { createRelayUrls, relayKey } from './relay-url.ts';
import { openUpstreams } from './upstreams.ts';

export interface McpRoutes {
  /** Never rejects. The server has checked `Host` and the framing. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<Outcome & { readonly route: string }>;
  close(): void;
}

export interface McpRoutesOptions {
  /** Whether a request has the key of the gateway. */
  readonly hasKey: (request: IncomingMessage) => boolean;
  readonly resolve?: Resolve | undefined;
}

/** Open at one time. A client has one stream and some calls for each server. */
const MOST_AT_ONCE = 128;

/**
 * The gateway's routes for MCP servers that need a sign-in. They need no key, because an MCP client can send none beside its own
 * token. They never carry the platform's credential.
 *
 * | Path                                             | What it is                                                         |
 * |--------------------------------------------------|--------------------------------------------------------------------|
 * | `/mcp_auth?original=URL`                         | the MCP server                                                     |
 * | `/.well-known/oauth-protected-resource/mcp_auth` | its metadata, for clients that ask before they are challenged      |
 * | `/mcp_relay/…`, `/.well-known/…/mcp_relay/…`     | what that metadata leads to; only URLs that this program issued    |
 */
export async function createMcpRoutes(
  context: Context,
  { hasKey, resolve = systemResolve }: McpRoutesOptions,
): Promise<McpRoutes> {
  const { env, home, clock } = context;
  const urls = createRelayUrls(await relayKey(context));
  const upstreams = openUpstreams(context, resolve);
  const log = createMcpLog({ home, isDebug: env['MCP_PROXY_DEBUG'] === 'true', now: () => clock.now() });
  const clientName = env['MCP_CLIENT_NAME'] || 'CodeMie CLI';
  let active = 0;

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<Outcome> => {
    const [path = '/', ...rest] = (request.url ?? '/').split('?');
    const query = rest.join('?');
    const exchange: Exchange = {
      request,
      response,
      urls,
      upstreams,
      limits: context.limits,
      hasKey: hasKey(request),
      base: `http://${request.headers.host ?? ''}`,
    };
    const known = urls.read(path);
    // A sign-in ends with a redirect from the page of another origin.
    const isPage = known?.relay.purpose === 'authorize' || known?.relay.purpose === 'callback';
    requireProgram(request, isPage);
    if (known !== undefined) return relay(exchange, { ...known, query, clientName });
    if (path === MCP_PATH) {
      requireMethod(request, ['GET', 'POST', 'DELETE']);
      return toServer(exchange, addressIn(query));
    }
    if (path === `${WELL_KNOWN}${MCP_PATH}`) {
      requireMethod(request, ['GET']);
      return toResourceMetadata(exchange, addressIn(query));
    }
    if (path.includes('/mcp_relay/'))
      throw refuse(403, 'this URL was not issued by this installation of codemie');
    throw refuse(404, 'there is nothing here');
  };

  return {
    answer: async (request, response) => {
      const name = (request.url ?? '').includes('mcp_relay') ? 'mcp_relay' : 'mcp_auth';
      active += 1;
      try {
        if (active > MOST_AT_ONCE) throw refuse(503, 'too many MCP requests at one time');
        const outcome = await route(request, response);
        log.note('gateway', { route: name, method: request.method, ...outcome });
        return { ...outcome, route: name };
      } catch (error) {
        const refused = refusedFor(error);
        log.error('gateway', {
          route: name,
          method: request.method,
          status: refused.status,
          reason: refused.message,
        });
        if (response.headersSent || response.destroyed) response.destroy();
        else sayRefused(response, refused);
        return { status: refused.status, bytes: 0, route: name };
      } finally {
        active -= 1;
      }
    },
    close: () => upstreams.close(),
  };
}

/**
 * A program of this computer sends no `Origin`, or one of this computer. A web page elsewhere is told apart by `Origin`, and by
 * `Sec-Fetch-Site` where a browser sends no `Origin` (images, links).
 */
function requireProgram({ headers }: IncomingMessage, isPage: boolean): void {
  const { origin, 'sec-fetch-site': site } = headers;
  const isLocal = origin === undefined || (URL.canParse(origin) && isLoopbackHost(new URL(origin).hostname));
  if (!isLocal || (site !== undefined && site !== 'none' && site !== 'same-origin' && !isPage))
    throw refuse(403, 'not available to web pages');
}

function requireMethod({ method = '' }: IncomingMessage, allowed: readonly string[]): void {
  if (!allowed.includes(method)) throw refuse(405, `use ${allowed.join(', ')} here`);
}

function refusedFor(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (!(error instanceof CodemieError))
    return refuse(502, `the server could not be reached (${messageOf(error)})`);
  if (error.code === 'DESTINATION_REFUSED')
    return new Refused(
      403,
      `${error.message} If you trust it, add its host:port to CODEMIE_MCP_ALLOW_HOSTS.`,
    );
  return new Refused(error.exit === 'unreachable' ? 502 : 500, inOneLine(error));
}
