import type { ClientRequest, IncomingMessage } from 'node:http';
import { CodemieError, systemCode } from '../system/errors.ts';
import { proxyUrl } from './proxy.ts';
import { withRetries } from './retry.ts';
import { reasonOf, unreachable } from './unreachable.ts';

/** One HTTP exchange, small enough to hold in memory. Redirects are never followed (S16, S39). */
export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whole exchange, ms. Default 15,000. */
  readonly timeoutMs?: number;
  /** Largest body accepted, bytes. Default 1 MiB (S15). */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** `Set-Cookie` lines, each by itself. */
  readonly setCookie: readonly string[];
  readonly body: Buffer;
}

export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export interface HttpOptions {
  /** Certificates to trust (PEM), the default roots among them; undefined for Node's own choice. */
  readonly ca: () => readonly string[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly userAgent: string;
}

/**
 * The client of everything but the gateway: `node:http(s)`, because it is there in 17 ms where undici takes 100.
 * TLS verification cannot be switched off (S41): `rejectUnauthorized` is pinned per request.
 */
export function createHttp(options: HttpOptions): Http {
  const { env, ca, sleep, userAgent } = options;
  const send: Http = async (request) => {
    const url = new URL(request.url);
    const proxy = proxyUrl(url, env);
    try {
      if (proxy === undefined) return await direct(request, options);
      const { throughProxy } = await import('./proxied.ts');
      return await throughProxy(request, { url, proxy, userAgent, ca: ca() });
    } catch (error) {
      if (!(error instanceof CodemieError) || error.code !== 'TLS_UNTRUSTED') throw error;
      throw await withIssuer(error, url, proxy, ca());
    }
  };
  return withRetries(send, sleep);
}

const LOOK_MS = 3000;

/** Whoever reads "not trusted" asks next: who vouches for it, then? */
async function withIssuer(
  error: CodemieError,
  url: URL,
  proxy: string | undefined,
  ca: readonly string[] | undefined,
): Promise<CodemieError> {
  const { presentedBy } = await import('./certificate.ts');
  const { issuer } = await presentedBy(url, { ca, proxy, signal: AbortSignal.timeout(LOOK_MS) });
  if (issuer === undefined) return error;
  return new CodemieError({
    code: error.code,
    message: `${error.message.replace(/\.$/, '')}; it was issued by "${issuer}".`,
    exit: error.exit,
    cause: error.cause,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

async function direct(request: HttpRequest, options: HttpOptions): Promise<HttpResponse> {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const { request: open } = secure ? await import('node:https') : await import('node:http');
  const { timeoutMs = 15_000, maxBytes = 1_048_576 } = request;
  const ca = secure ? options.ca() : undefined;
  return new Promise<HttpResponse>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const outgoing: ClientRequest = open(url, {
      method: request.method ?? 'GET',
      headers: { 'user-agent': options.userAgent, ...request.headers },
      agent: false,
      maxHeaderSize: 131_072,
      ...(secure ? { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) } : {}),
    });
    const fail = (error: unknown): void => settle(() => reject(error));
    const onAbort = (): void => {
      outgoing.destroy();
      fail(request.signal?.reason);
    };
    timer = setTimeout(() => {
      outgoing.destroy();
      fail(unreachable(url, `did not answer within ${Math.round(timeoutMs / 1000)} s`, 'TIMEOUT'));
    }, timeoutMs);
    if (request.signal?.aborted === true) return onAbort();
    request.signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.on('error', (error) => fail(unreachable(url, reasonOf(error), systemCode(error), error)));
    outgoing.on('response', (incoming) => {
      collect(incoming, maxBytes).then(
        (body) => settle(() => resolve(toResponse(incoming, body))),
        (error) => {
          outgoing.destroy();
          fail(
            error instanceof CodemieError
              ? error
              : unreachable(url, reasonOf(error), systemCode(error), error),
          );
        },
      );
    });
    outgoing.end(request.body);
  });
}

function collect(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('error', reject);
    incoming.once('close', () => {
      if (!incoming.readableEnded) reject(new Error('the answer broke off'));
    });
  });
}

function tooLarge(maxBytes: number): CodemieError {
  return new CodemieError({
    code: 'RESPONSE_TOO_LARGE',
    message: `The server answered with more than ${maxBytes} bytes where a small document was expected.`,
    exit: 'failed',
  });
}

function toResponse(incoming: IncomingMessage, body: Buffer): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: incoming.statusCode ?? 0, headers, setCookie: incoming.headers['set-cookie'] ?? [], body };
}

/**
 * @returns the JSON object of a response body.
 * @throws RESPONSE_MALFORMED without repeating the body, which may hold a token.
 */
export function jsonObject(response: HttpResponse, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(response.body.toString('utf8'));
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CodemieError({
      code: 'RESPONSE_MALFORMED',
      message: `${what} answered ${response.status} with something other than a JSON object.`,
      hint: 'Check the address with: codemie doctor',
      exit: 'failed',
    });
  }
  return value as Record<string, unknown>;
}
