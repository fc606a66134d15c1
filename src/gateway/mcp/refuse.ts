import type { ServerResponse } from 'node:http';

/** A request that the gateway answers itself, with an error. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function refuse(status: number, why: string): Refused {
  return new Refused(status, `codemie gateway: ${why}.`);
}

/** The headers of every answer: whatever a server sent, a browser runs nothing of it as a page of this address. */
export const INERT = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
} as const;

export function sayRefused(response: ServerResponse, { status, message }: Refused): void {
  // The rest of a body that nobody reads is not the next request.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' };
  response
    .writeHead(status, { ...headers, ...INERT })
    .end(JSON.stringify({ error: { code: 'MCP_AUTH_ERROR', message } }));
}
