import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Visit {
  /** `POST /v1/traces`, `CONNECT host:443`. */
  readonly what: string;
  readonly body: string;
}

/** A foreign server: accepts anything, and sends a response that most clients accept. */
export async function stranger(): Promise<{ readonly address: string; readonly visits: readonly Visit[] }> {
  const visits: Visit[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      visits.push({ what: `${request.method} ${request.url}`, body });
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"id":"x","url":"x","secret":"x"}');
    });
  });
  server.on('connect', (request, socket) => {
    visits.push({ what: `CONNECT ${request.url}`, body: '' });
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, visits };
}
