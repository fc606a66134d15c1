import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Env } from '../../system/env.ts';
import { CodemieError, systemCode } from '../../system/errors.ts';
import type { Limits } from '../limits.ts';
import type { Origin } from '../origin.ts';
import { proxyFor } from '../proxy.ts';
import { tooLarge } from '../too-large.ts';
import { reasonOf, unreachable } from '../unreachable.ts';
import { withIssuer } from '../untrusted.ts';
import { redirected, type SentRequest, sentRequest } from './redirect.ts';
import { wholeBody } from './replayable-body.ts';
import type { Upstream, UpstreamAnswer } from './request.ts';
import { openUpstream } from './upstream.ts';

export interface StreamingFetchOptions {
  readonly env: Env;
  /** Certificates to trust (PEM), the default roots among them; undefined for Node's own choice. */
  readonly ca: () => readonly string[] | undefined;
  readonly limits: Limits;
  readonly userAgent: string;
  /** The owner's: aborting it ends every request and closes every connection. */
  readonly signal: AbortSignal;
  /** Largest body of an answer, bytes. Unlimited by default: a stream of events has no length. */
  readonly maxBytes?: number;
}

/**
 * A `fetch` over the connections the gateway uses: proxy, CA, and a time limit to connect, but none to wait for an answer.
 * The body of an answer arrives as the server sends it; the body of a request is sent whole. With `redirect: 'follow'` it
 * follows redirects within the origin; every other redirect is returned as it came.
 *
 * It rejects with the reason of an aborted signal, with UNREACHABLE or TLS_UNTRUSTED (5) where there is no answer, and with
 * PROXY_INVALID or CA_FILE (9). A body that breaks off, or is too large (RESPONSE_TOO_LARGE), rejects the same way when read.
 */
export function createStreamingFetch(options: StreamingFetchOptions): typeof fetch {
  const { env, ca, limits, signal: owner, userAgent, maxBytes } = options;
  const upstreams = new Map<Origin, Upstream>();
  const upstreamOf = (origin: Origin): Upstream => {
    const upstream = upstreams.get(origin) ?? openUpstream(origin, env, ca(), limits);
    upstreams.set(origin, upstream);
    return upstream;
  };
  const closeAll = (): void => {
    for (const upstream of upstreams.values()) upstream.close();
  };
  owner.addEventListener('abort', closeAll, { once: true });

  return async (input, init) => {
    const caller = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const signals = caller ? [owner, caller] : [owner];
    for (const signal of signals) signal.throwIfAborted();
    const explain = async (error: unknown, url: URL): Promise<unknown> => {
      const aborted = signals.find((signal) => signal.aborted);
      if (aborted !== undefined) return aborted.reason;
      if (error instanceof CodemieError) return error;
      const proxy = proxyFor(url, env);
      const via = proxy === undefined ? '' : ` through the proxy ${proxy.label}`;
      const failure = unreachable(url, `${reasonOf(error)}${via}`, systemCode(error), error);
      return withIssuer(failure, url, { proxy, ca, signal: caller ?? owner });
    };
    let request = await sentRequest(new Request(input, { ...init, signal: null }), userAgent);
    for (let hops = 0; ; hops += 1) {
      const { url, method } = request;
      const { onGone, done } = untilAborted(caller);
      try {
        const answer = await upstreamOf(url.origin).send({ ...outgoing(request), onGone });
        answer.body.on('error', () => undefined).once('close', done);
        const next = init?.redirect === 'follow' ? redirected(request, answer, hops) : undefined;
        if (next === undefined) {
          const streamed = (): ReadableStream =>
            streamOf(answer.body, maxBytes, (error) => explain(error, url));
          return await toResponse(answer, method, url, streamed);
        }
        answer.body.destroy();
        request = next;
      } catch (error) {
        done();
        throw await explain(error, url);
      }
    }
  };
}

type Outgoing = Pick<Parameters<Upstream['send']>[0], 'path' | 'method' | 'headers' | 'body'>;

function outgoing({ url, method, headers, body }: SentRequest): Outgoing {
  return {
    path: `${url.pathname}${url.search}`,
    method,
    headers: [...headers].flat(),
    body: wholeBody(body),
  };
}

/** Passes an abort on to whatever the request is doing at that moment. */
function untilAborted(signal: AbortSignal | undefined): {
  readonly onGone: (end: () => void) => void;
  readonly done: () => void;
} {
  let end: () => void = () => undefined;
  const onAbort = (): void => end();
  signal?.addEventListener('abort', onAbort);
  return {
    onGone: (next) => {
      end = next;
      if (signal?.aborted) next();
    },
    done: () => signal?.removeEventListener('abort', onAbort),
  };
}

/** Those a Response cannot have a body with. */
const WITHOUT_BODY = new Set([204, 205, 304]);

async function toResponse(
  { status, headers, body }: UpstreamAnswer,
  method: string,
  url: URL,
  streamed: () => ReadableStream,
): Promise<Response> {
  const told = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) told.append(name, one);
  const isEmpty = method === 'HEAD' || WITHOUT_BODY.has(status);
  // The next request can use the connection once this answer has ended. Nothing should come; what does is not waited for.
  if (isEmpty) await finished(body.on('data', () => body.destroy())).catch(() => undefined);
  const response = new Response(isEmpty ? null : streamed(), { status, headers: told });
  return Object.defineProperty(response, 'url', { value: url.href });
}

/** Reads nothing ahead of its reader, so that a slow one slows the server down. */
function streamOf(
  body: Readable,
  maxBytes: number | undefined,
  explain: (error: unknown) => Promise<unknown>,
): ReadableStream {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  let size = 0;
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          const { value, done } = await chunks.next();
          if (done === true) return controller.close();
          size += value.length;
          if (maxBytes !== undefined && size > maxBytes) throw tooLarge(maxBytes);
          controller.enqueue(value);
        } catch (error) {
          body.destroy();
          controller.error(await explain(error));
        }
      },
      cancel: () => void body.destroy(),
    },
    { highWaterMark: 0 },
  );
}
