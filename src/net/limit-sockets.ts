import type { Server, Socket } from 'node:net';

export interface SocketLimit {
  /** Applies the limit to a server too; all servers of one limit share it. */
  watch(server: Server): void;
  /** Takes a socket out of the count: it is known to be wanted, so it does not make room for others. */
  keep(socket: Socket): void;
}

/**
 * Limits how many sockets are open at a time. The oldest one makes room for the newest: sockets that are opened and never
 * used can neither fill a listener nor keep a genuine request out.
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
        // Its 'close' comes later than the next connections of a burst do.
        open.delete(oldest);
        oldest.destroy();
      });
    },
    keep: (socket) => void open.delete(socket),
  };
}
