import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Env } from '../../system/env.ts';
import { CodemieError } from '../../system/errors.ts';
import type { DestinationGuard } from '../guard/destination.ts';
import { judge } from '../guard/judge.ts';
import type { Limits } from '../limits.ts';
import type { Origin } from '../origin.ts';
import type { Roots } from '../roots.ts';
import { tooLarge } from '../too-large.ts';
import { noAnswer } from './no-answer.ts';
import { redirected, type SentRequest, sentRequest } from './redirect.ts';
import { wholeBody } from './replayable-body.ts';
import type { Upstream, UpstreamAnswer } from './request.ts';
import { openUpstream } from './upstream.ts';

export interface StreamingFetchOptions {
  readonly env: Env;
  readonly ca: Roots;
  readonly limits: Limits;
  readonly userAgent: string;
  /** The owner's signal: aborting it ends every request and closes every connection. */
  readonly signal: AbortSignal;
  /** Largest response body, bytes. Unlimited by default: an event stream has no length. */
  readonly maxBytes?: number;
  /** Judges where each request goes, also after a redirect. */
  readonly guard?: DestinationGuard;
}

/**
 * A `fetch` over the gateway's connections: proxy, CA, and a time limit to connect, but none to wait for a response.
 * Response bodies are streamed as they arrive; request bodies are sent whole. `redirect: 'follow'` follows redirects
 * within the origin; any other redirect is returned as it is.
 *
 * Rejects with the reason of an aborted signal, with UNREACHABLE or TLS_UNTRUSTED (5) if there is no response, and
 * with PROXY_INVALID or CA_FILE (9), or DESTINATION_REFUSED (6) if the guard refuses the address. A body that is cut
 * off or too large (RESPONSE_TOO_LARGE) rejects the same way when read.
 */
export function createStreamingFetch(options: StreamingFetchOptions): typeof fetch {
  const { env, ca, limits, signal: owner, userAgent, maxBytes, guard } = options;
  const upstreams = new Map<Origin, Upstream>();
  const upstreamOf = (origin: Origin): Upstream => {
    const upstream = upstreams.get(origin) ?? openUpstream(origin, env, ca, limits, guard);
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
      return noAnswer(error, url, { env, ca, signal: caller ?? owner, guard });
    };
    let request = await sentRequest(new Request(input, { ...init, signal: null }), userAgent);
    for (let hops = 0; ; hops += 1) {
      const { url, method } = request;
      const { onGone, done } = untilAborted(caller);
      try {
        if (guard !== undefined) await judge(url, guard, env);
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

/** Forwards an abort to the current step of the request. */
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

/** Statuses for which a Response must not have a body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

async function toResponse(
  { status, headers, body }: UpstreamAnswer,
  method: string,
  url: URL,
  streamed: () => ReadableStream,
): Promise<Response> {
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) copied.append(name, one);
  const isEmpty = method === 'HEAD' || WITHOUT_BODY.has(status);
  // Wait for the end, so that the next request can reuse the connection. There should be no body; if data comes, do
  // not wait.
  if (isEmpty) await finished(body.on('data', () => body.destroy())).catch(() => undefined);
  const response = new Response(isEmpty ? null : streamed(), { status, headers: copied });
  return Object.defineProperty(response, 'url', { value: url.href });
}

/** Reads nothing ahead of its reader, so that a slow reader slows the server down. */
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
