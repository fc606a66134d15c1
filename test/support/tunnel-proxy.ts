import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy that tunnels to one port of this machine, whatever the target. @returns its URL. */
export async function tunnelProxy(port: number): Promise<string> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    keep(socket).once('data', () => {
      const onward = keep(connect({ port, host: '127.0.0.1', noDelay: true }));
      socket.setNoDelay().write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
      // If one end breaks off, close the other one.
      socket.once('close', () => onward.destroy());
      onward.once('close', (isBroken) => (isBroken ? socket.destroy() : socket.resume()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
