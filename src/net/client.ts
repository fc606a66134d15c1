import { type Agent, type IncomingMessage, request as open, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Env } from '../system/env.ts';
import { CodemieError, systemCode } from '../system/errors.ts';
import { type ConnectOptions, connectTo } from './connect.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { keptConnections } from './kept-connections.ts';
import { LIMITS, type Limits } from './limits.ts';
import { type LostWays, lostWays } from './lost-ways.ts';
import { type HttpProxy, proxyFor } from './proxy.ts';
import { withRetries } from './retry.ts';
import { type Roots, withSystemRoots } from './roots.ts';
import { tooLarge } from './too-large.ts';
import { reasonOf, unreachable } from './unreachable.ts';
import { withIssuer } from './untrusted.ts';

export interface HttpOptions {
  readonly ca: Roots;
  readonly env: Env;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Time that never jumps, ms. */
  readonly elapsed: () => number;
  readonly userAgent: string;
  /** Default: LIMITS. */
  readonly limits?: Limits;
}

/**
 * The HTTP client of everything but the gateway, with or without a proxy. It uses `node:http`, which loads in 17 ms;
 * undici takes 100 ms (docs/decisions/0003). TLS verification cannot be switched off (S41).
 */
export function createHttp(options: HttpOptions): Http {
  const { env, ca, sleep, elapsed, limits = LIMITS } = options;
  const lost = lostWays(elapsed);
  const kept = keptConnections((url, signal) =>
    connected(url, { proxy: proxyFor(url, env), ca, signal, timeoutMs: limits.connectMs }, lost),
  );
  const send: Http = async (request) => {
    const url = new URL(request.url);
    const proxy = proxyFor(url, env);
    try {
      // Both attempts have the whole time limit: reading the certificates may take longer than that.
      return await withSystemRoots(ca, () =>
        exchange(request, url, proxy, { ...options, limits, lost, kept }),
      );
    } catch (error) {
      if (!(error instanceof CodemieError)) throw error;
      throw await withIssuer(error, url, { proxy, ca, signal: request.signal });
    }
  };
  const retrying = withRetries(send, sleep, limits.pausesMs);
  return async (request) => {
    const { origin } = new URL(request.url);
    lost.check(origin);
    return retrying(request).catch((error: unknown) => lost.remember(origin, error));
  };
}

interface Client extends HttpOptions {
  readonly limits: Limits;
  readonly lost: LostWays;
  readonly kept: (url: URL) => Agent;
}

async function exchange(
  request: HttpRequest,
  url: URL,
  proxy: HttpProxy | undefined,
  { ca, elapsed, userAgent, limits, lost, kept }: Client,
): Promise<HttpResponse> {
  const { timeoutMs = limits.exchangeMs, maxBytes = 1_048_576, signal, keepAlive = false } = request;
  const via = proxy === undefined ? '' : ` through the proxy ${proxy.label}`;
  const failed = (error: unknown): unknown =>
    error instanceof CodemieError || signal?.aborted === true
      ? error
      : unreachable(url, `${reasonOf(error)}${via}`, systemCode(error), error);
  const began = elapsed();
  const connectMs = Math.min(timeoutMs, limits.connectMs);
  try {
    const connection = keepAlive
      ? { agent: kept(url), signal }
      : await connected(url, { proxy, ca, signal, timeoutMs: connectMs }, lost).then((socket) => ({
          createConnection: () => socket,
        }));
    const left = Math.max(1, timeoutMs - (elapsed() - began));
    const late = (): CodemieError =>
      unreachable(url, `did not answer within ${Math.round(timeoutMs / 100) / 10} s${via}`, 'TIMEOUT');
    return await over(connection, { left, late, signal }, (incoming) => collect(incoming, maxBytes), {
      method: request.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'user-agent': userAgent,
        ...(keepAlive ? { connection: 'keep-alive' } : {}),
        ...lengthOf(request.body),
        ...request.headers,
      },
      body: request.body,
    });
  } catch (error) {
    throw failed(error);
  }
}

/** Remembers only proxy errors and time-outs; a refused connection may be retried at once. */
function connected(url: URL, options: ConnectOptions, lost: LostWays): Promise<Socket> {
  return connectTo(url, options).catch((error: unknown) => {
    lost.note(error);
    throw error;
  });
}

/** Node.js leaves the length out for methods that rarely have a body, such as DELETE; servers then read none. */
function lengthOf(body: string | Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

interface Limited {
  /** ms. */
  readonly left: number;
  readonly late: () => CodemieError;
  readonly signal: AbortSignal | undefined;
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** One exchange. Its connection is closed afterwards, unless an agent keeps it. */
function over(
  connection: Pick<RequestOptions, 'agent' | 'createConnection' | 'signal'>,
  { left, late, signal }: Limited,
  read: (incoming: IncomingMessage) => Promise<Buffer>,
  { method, path, headers, body }: Outgoing,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      end();
      outgoing.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(late()), left);
    signal?.addEventListener('abort', onAbort, { once: true });
    const outgoing = open({
      ...connection,
      method,
      path,
      headers,
      maxHeaderSize: 131_072,
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      read(incoming).then((whole) => {
        end();
        resolve(toResponse(incoming, whole));
      }, fail);
    });
    outgoing.end(body);
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
      if (!incoming.readableEnded) reject(new Error('the answer was cut off'));
    });
  });
}

function toResponse(incoming: IncomingMessage, body: Buffer): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: incoming.statusCode ?? 0, headers, setCookie: incoming.headers['set-cookie'] ?? [], body };
}

/** @returns whether a response says that it is a web page. */
export function isHtml({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return /^(text\/html|application\/xhtml\+xml)/i.test(headers['content-type'] ?? '');
}

/**
 * @returns the JSON object in a response body.
 * @throws RESPONSE_MALFORMED without the body, which may contain a token.
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
      message: `${what} answered HTTP ${response.status}, but not with a JSON object.`,
      fix: 'codemie doctor',
    });
  }
  return value as Record<string, unknown>;
}
