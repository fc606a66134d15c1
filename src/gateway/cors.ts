import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Lets a page of an allowed origin read the response. Pages send the key themselves, so the browser is not asked for
 * cookies (`Access-Control-Allow-Credentials`).
 */
export function openTo(origin: string, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', '*');
  response.setHeader('vary', 'Origin');
}

/** Whether a browser asks, before a request, if a page may send it. It sends no key with that question. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Answers that question for an allowed origin: the key decides about the request itself. */
export function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  const asked = headers['access-control-request-headers'] ?? '';
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, DELETE',
    ...(/^[\w\s,-]+$/.test(asked) ? { 'access-control-allow-headers': asked } : {}),
    // Browsers also ask before a page of another network reaches this computer.
    ...(headers['access-control-request-private-network'] === 'true'
      ? { 'access-control-allow-private-network': 'true' }
      : {}),
    'access-control-max-age': '600',
  });
  response.end();
}
