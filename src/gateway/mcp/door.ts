import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../../context.ts';
import type { Resolve } from '../../net/guard/destination.ts';
import { CodemieError } from '../../system/errors.ts';
import { inOneLine } from '../advice.ts';
import { framingRefusal } from '../framing.ts';
import type { Guard } from '../guard.ts';
import type { Metrics } from '../metrics.ts';
import { Refused, refuse, sayRefused } from './refuse.ts';
import type { McpRoutes } from './routes.ts';

export interface McpDoor {
  isFor(request: IncomingMessage): boolean;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

export interface McpDoorOptions {
  readonly guard: Guard;
  readonly metrics: Metrics;
  readonly resolve?: Resolve | undefined;
}

const PATHS = /^\/(mcp_auth|mcp_relay|\.well-known)(?=[/?]|$)/;

/** The entrance to the MCP routes, which are loaded at the first request for them: most runs have none. */
export function createMcpDoor(context: Context, { guard, metrics, resolve }: McpDoorOptions): McpDoor {
  let opened: Promise<McpRoutes> | undefined;
  const open = async (): Promise<McpRoutes> => {
    const { createMcpRoutes } = await import('./routes.ts');
    return createMcpRoutes(context, { hasKey: guard.hasKey, resolve });
  };
  const routes = (): Promise<McpRoutes> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error instanceof CodemieError ? new Refused(500, inOneLine(error)) : error;
    });
    return opened;
  };
  return {
    isFor: ({ url = '' }) => PATHS.test(url),
    answer: async (request, response) => {
      const started = context.clock.now();
      try {
        const refusal = guard.hostRefusalOf(request) ?? framingRefusal(request);
        if (refusal !== undefined) throw refuse(refusal.status, refusal.why);
        const { answer } = await routes();
        const done = metrics.begin();
        const { route, status, bytes } = await answer(request, response);
        const ms = context.clock.now() - started;
        done({ route, status, bytes, ms });
        context.log.debug('gateway', { path: route, status, bytes, ms });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        context.log.debug('gateway refused', { path: 'mcp', status: error.status, why: error.message });
        sayRefused(response, error);
      }
    },
    close: async () => {
      (await opened?.catch(() => undefined))?.close();
    },
  };
}
