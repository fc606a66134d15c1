import type { Agent } from 'node:http';
import type { NetConnectOpts, Socket } from 'node:net';

/** How long a connection waits for its first request, ms: agents start in seconds, and no server hangs up that soon. */
const HELD_MS = 15_000;

/** Also what is said before anything was asked, such as a proxy's 408: it would pass for the answer to the first request. */
const ENDING = ['data', 'end', 'error', 'close'] as const;

export interface Spare {
  /** Opens a connection, which the next request that needs a new one takes. */
  open(): void;
  /** Whether a connection had waited, so that the other end may have closed it unseen. */
  waited(socket: Socket | null): boolean;
  close(): void;
}

/**
 * The way to a server, and with TLS three times that, is gone before its first request: here it can be gone before there is
 * one. Nothing is sent over the connection meanwhile.
 *
 * @param onOpen told of it while it is still on its way.
 */
export function spareOf(agent: Agent, where: NetConnectOpts, onOpen: (socket: Socket) => void): Spare {
  const connect = agent.createConnection.bind(agent);
  const used = new WeakSet<Socket>();
  let spare: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  const drop = (): void => {
    clearTimeout(timer);
    spare?.destroy();
    spare = undefined;
  };
  agent.createConnection = (options, done) => {
    const socket = spare;
    if (socket === undefined || socket.destroyed) return connect(options, done);
    clearTimeout(timer);
    spare = undefined;
    for (const event of ENDING) socket.removeListener(event, drop);
    used.add(socket);
    return socket;
  };
  return {
    open: () => {
      if (spare !== undefined) return;
      const socket = connect(where) as Socket;
      for (const event of ENDING) socket.on(event, drop);
      spare = socket;
      onOpen(socket);
      timer = setTimeout(drop, HELD_MS);
      timer.unref();
    },
    waited: (socket) => socket !== null && used.has(socket),
    close: drop,
  };
}
