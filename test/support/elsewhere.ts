import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Elsewhere {
  readonly address: string;
  /** The requests it received, and the tunnels requested from it as a proxy. */
  readonly visitors: readonly string[];
}

/** A server that must never receive anything, closed after the test. */
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
