import type { Agent } from 'node:http';
import type { NetConnectOpts, Socket } from 'node:net';
import { systemClock } from '../../system/clock.ts';

/** Also what is said before anything was asked, such as a proxy's 408: it would pass for the answer to the first request. */
const ENDING = ['data', 'end', 'error', 'close'] as const;

export interface WarmConnection {
  /** Opens a connection, which the next request that needs a new one takes. */
  open(): void;
  close(): void;
}

/**
 * The way to a server, and with TLS three times that, is gone before its first request: here it can be gone before there is
 * one. Nothing is sent over the connection before.
 *
 * @param heldMs how long it waits for its request; agents start in seconds, and no server hangs up that soon.
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
    // Timers stand still while a machine sleeps; the time of day does not.
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
