import type { Context } from '../../context.ts';
import {
  type DestinationGuard,
  guardPublic,
  hostAndPort,
  type Resolve,
} from '../../net/guard/destination.ts';
import { judge } from '../../net/guard/judge.ts';
import { noAnswer } from '../../net/stream/no-answer.ts';
import type { RequestBody } from '../../net/stream/replayable-body.ts';
import type { FlatHeaders, Upstream, UpstreamAnswer } from '../../net/stream/request.ts';
import { openUpstream } from '../../net/stream/upstream.ts';
import { CodemieError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { Refused, refuse } from './refuse.ts';

export interface McpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: FlatHeaders;
  readonly body: RequestBody;
  readonly onGone: (end: () => void) => void;
}

export interface Upstreams {
  /** Redirects are not followed. Rejects with DESTINATION_REFUSED before any connection, or as an upstream does. */
  send(request: McpRequest): Promise<UpstreamAnswer>;
  /** @throws DESTINATION_REFUSED if a client must not be led there. */
  requireAllowed(url: URL): Promise<void>;
  close(): void;
}

/** Servers with open connections. The one that was used the longest ago makes room for a new one. */
const MOST_ORIGINS = 64;

/**
 * Connections to MCP servers and their sign-in servers: to the public internet only, and to what CODEMIE_MCP_ALLOW_HOSTS lists.
 *
 * @throws CONFIG_INVALID if that list is not valid.
 */
export function openUpstreams(
  { env, ca, limits, signal }: Pick<Context, 'env' | 'ca' | 'limits' | 'signal'>,
  resolve: Resolve,
): Upstreams {
  const listed = listedHosts(env['CODEMIE_MCP_ALLOW_HOSTS'] ?? '');
  const guard = guardPublic(listed, resolve);
  const open = new Map<string, { readonly upstream: Upstream; active: number }>();
  const take = (origin: string) => {
    const entry = open.get(origin) ?? { upstream: openUpstream(origin, env, ca, limits, guard), active: 0 };
    // Last in the order of use.
    open.delete(origin);
    open.set(origin, entry);
    if (open.size > MOST_ORIGINS) {
      const [idle] = [...open].find(([, { active }]) => active === 0) ?? [];
      if (idle === undefined) throw refuse(503, 'too many servers are in use');
      open.get(idle)?.upstream.close();
      open.delete(idle);
    }
    return entry;
  };
  const explain = async (error: unknown, url: URL): Promise<unknown> =>
    error instanceof CodemieError || error instanceof Refused
      ? error
      : noAnswer(error, url, { env, ca, signal, guard });
  return {
    send: async ({ url, ...request }) => {
      await requireEncrypted(url, listed, guard);
      await judge(url, guard, env);
      const entry = take(url.origin);
      entry.active += 1;
      const done = (): void => {
        entry.active -= 1;
      };
      try {
        const answer = await entry.upstream.send({ ...request, path: `${url.pathname}${url.search}` });
        answer.body.on('error', () => undefined).once('close', done);
        return answer;
      } catch (error) {
        done();
        throw await explain(error, url);
      }
    },
    requireAllowed: (url) => guard.checkName(url),
    close: () => {
      for (const { upstream } of open.values()) upstream.close();
    },
  };
}

/** A token, or a code, is not sent unencrypted to another computer (RFC 9700 §2.6). */
async function requireEncrypted(url: URL, listed: readonly string[], guard: DestinationGuard): Promise<void> {
  if (url.protocol === 'https:' || listed.includes(hostAndPort(url))) return;
  await guard.check(url);
  throw refuse(400, `${url.host} must be named with https://`);
}

function listedHosts(text: string): readonly string[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.map((entry) => {
    const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^\s:/]+)):(\d{1,5})$/i.exec(entry) ?? [];
    if (port === undefined)
      throw new CodemieError({
        code: 'CONFIG_INVALID',
        message: `CODEMIE_MCP_ALLOW_HOSTS has "${printable(entry, 60)}", which is not host:port.`,
        hint: 'Set it like this: CODEMIE_MCP_ALLOW_HOSTS=10.0.0.7:8443,mcp.corp.example:443',
      });
    return `${bracketed ?? plain ?? ''}:${port}`.toLowerCase();
  });
}
