import type { Server, Socket } from 'node:net';

export interface SocketLimit {
  /** Applies the limit to another server; all servers of one limit share it. */
  watch(server: Server): void;
  /** Stops counting a socket that is known to be wanted, so that it is not closed for a newer one. */
  keep(socket: Socket): void;
}

/**
 * Limits the number of open sockets. A new socket closes the oldest one, so unused sockets can neither fill a
 * listener nor keep a genuine request out.
 */
export function limitSockets(most: number): SocketLimit {
  const open = new Set<Socket>();
  return {
    watch: (server) => {
      server.on('connection', (socket) => {
        open.add(socket);
        socket.once('close', () => open.delete(socket));
        if (open.size <= most) return;
        const [oldest] = open;
        if (oldest === undefined) return;
        // Its 'close' event comes later than the next connections of a burst.
        open.delete(oldest);
        oldest.destroy();
      });
    },
    keep: (socket) => void open.delete(socket),
  };
}
