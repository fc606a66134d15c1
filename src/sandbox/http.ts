import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request to the sandbox, with its response and parsed URL. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

const BODY_LIMIT = 32 * 1_048_576;

/** @throws RangeError beyond 32 MiB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new RangeError('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(request)).toString('utf8'));
}

/** @returns the parsed JSON body, or undefined when it is not JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse((await readBody(request)).toString('utf8'));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

/** Sends text as an HTML page and anything else as JSON. */
export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  const page = typeof body === 'string';
  const content = page
    ? { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY }
    : { 'content-type': 'application/json' };
  response.writeHead(status, { ...content, 'cache-control': 'no-store', ...headers } as Record<
    string,
    string
  >);
  response.end(page ? body : JSON.stringify(body));
}

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'";
