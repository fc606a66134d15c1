import type { Agent } from 'node:http';
import type { NetConnectOpts, Socket } from 'node:net';
import { systemClock } from '../../system/clock.ts';

/** Includes data that arrives before any request, such as a proxy's 408: it would be taken for the first response. */
const ENDING = ['data', 'end', 'error', 'close'] as const;

export interface WarmConnection {
  /** Opens a connection for the next request that needs a new one. */
  open(): void;
  close(): void;
}

/**
 * Opens the TCP/TLS connection before the first request needs it, which saves one round trip, or three with TLS.
 * Sends nothing over it before that request.
 *
 * @param heldMs how long to hold it for a request, ms; agents start in seconds, and no server hangs up that soon.
 */
export function warmConnectionOf(agent: Agent, where: NetConnectOpts, heldMs: number): WarmConnection {
  const connect = agent.createConnection.bind(agent);
  let openedAt = 0;
  let spare: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  const drop = (): void => {
    clearTimeout(timer);
    spare?.destroy();
    spare = undefined;
  };
  agent.createConnection = (options, done) => {
    // Timers stop while a machine sleeps; the wall clock does not.
    if (systemClock.now() - openedAt > heldMs) drop();
    const socket = spare;
    if (socket === undefined || socket.destroyed) return connect(options, done);
    clearTimeout(timer);
    spare = undefined;
    for (const event of ENDING) socket.removeListener(event, drop);
    return socket;
  };
  return {
    open: () => {
      if (spare !== undefined) return;
      const socket = connect(where) as Socket;
      for (const event of ENDING) socket.on(event, drop);
      spare = socket;
      openedAt = systemClock.now();
      timer = setTimeout(drop, heldMs);
      timer.unref();
    },
    close: drop,
  };
}
