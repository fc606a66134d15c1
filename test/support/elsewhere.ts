import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Elsewhere {
  readonly address: string;
  /** Who came by: requests, and tunnels asked of it as a proxy. */
  readonly visitors: readonly string[];
}

/** An address that nothing should ever be sent to, gone after the test. */
export async function elsewhere(): Promise<Elsewhere> {
  const visitors: string[] = [];
  const server = createServer((request, response) => {
    visitors.push(`${request.method} ${request.url}`);
    response.writeHead(400).end();
  });
  server.on('connect', (request, socket) => {
    visitors.push(`CONNECT ${request.url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, visitors };
}
