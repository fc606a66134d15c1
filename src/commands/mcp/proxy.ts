import { USER_AGENT } from '../../context.ts';
import { createMcpLog } from '../../mcp/log.ts';
import { takeConsole } from '../../mcp/quiet-console.ts';
import { guardAround, systemResolve } from '../../net/guard/destination.ts';
import { createStreamingFetch } from '../../net/stream/fetch.ts';
import type { CommandRun } from '../spec.ts';
import { mcpSettings } from './settings.ts';

/** Shorter than elsewhere, because a host and its user are waiting. */
const CONNECT_MS = 8000;

/** `codemie mcp proxy`, also `codemie-mcp-proxy`: ends with the host, which is its normal end (exit 0). */
export const run: CommandRun = async ({ args: [address = ''], options }, context) => {
  const { env, home, clock } = context;
  const settings = mcpSettings(address, options, env);
  const log = createMcpLog({ home, isDebug: env['MCP_PROXY_DEBUG'] === 'true', now: () => clock.now() });
  takeConsole((text) => log.note('library', { text }));
  const ended = new AbortController();
  const fetch = createStreamingFetch({
    env,
    ca: context.ca,
    limits: { ...context.limits, connectMs: CONNECT_MS },
    userAgent: USER_AGENT,
    signal: ended.signal,
    guard: guardAround(settings.url, systemResolve),
  });
  const { runProxy } = await import('../../mcp/proxy.ts');
  try {
    await runProxy({ context, settings, fetch, log });
  } finally {
    ended.abort();
  }
  return 0;
};
