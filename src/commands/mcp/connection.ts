import { type Context, USER_AGENT } from '../../context.ts';
import { createMcpLog } from '../../mcp/log.ts';
import type { ProxyOptions } from '../../mcp/proxy.ts';
import { takeConsole } from '../../mcp/quiet-console.ts';
import { guardAround, systemResolve } from '../../net/guard/destination.ts';
import { createStreamingFetch } from '../../net/stream/fetch.ts';
import type { CommandInput } from '../spec.ts';
import { mcpSettings } from './settings.ts';

/** Shorter than elsewhere, because a host and its user are waiting. */
const CONNECT_MS = 8000;

/**
 * Runs `work` with the settings, the log and the guarded fetch for one server, as the command line and the environment
 * name them. What libraries print goes to the log. Requests still open when `work` ends are dropped.
 *
 * @throws USAGE, URL_INVALID or URL_INSECURE (2) before `work` starts.
 */
export async function withConnection<T>(
  { args: [address = ''], options }: CommandInput,
  context: Context,
  work: (connection: ProxyOptions) => Promise<T>,
): Promise<T> {
  const { env, home, clock } = context;
  const settings = mcpSettings(address, options, env);
  const log = createMcpLog({ home, isDebug: env['MCP_PROXY_DEBUG'] === 'true', now: () => clock.now() });
  const restore = takeConsole((text) => log.note('library', { text }));
  const ended = new AbortController();
  const fetch = createStreamingFetch({
    env,
    ca: context.ca,
    limits: { ...context.limits, connectMs: CONNECT_MS },
    userAgent: USER_AGENT,
    signal: ended.signal,
    guard: guardAround(settings.url, systemResolve),
  });
  try {
    return await work({ context, settings, fetch, log });
  } finally {
    ended.abort();
    restore();
  }
}
