import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Origin } from '../net/origin.ts';
import { proxyUrl } from '../net/proxy.ts';

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable & { dump(): Promise<void> };
}

export interface Upstream {
  send(request: {
    readonly path: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer | AsyncIterable<Buffer>;
    readonly signal: AbortSignal;
  }): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

/**
 * Connections to the platform: an undici pool, kept alive, through the environment's proxy where it names one. It is
 * loaded in the background, while the agent starts. No redirect is followed, and no answer is buffered.
 */
export function openUpstream(origin: Origin, env: Readonly<Record<string, string | undefined>>): Upstream {
  const ready = import('undici').then(({ Pool, ProxyAgent }) => {
    // A model may think for long before its first byte; the agent has its own patience.
    const options = { headersTimeout: 0, bodyTimeout: 0, connect: { rejectUnauthorized: true } };
    const proxy = proxyUrl(new URL(origin), env);
    const dispatcher: Dispatcher =
      proxy === undefined
        ? new Pool(origin, options)
        : new ProxyAgent({
            uri: proxy,
            headersTimeout: 0,
            bodyTimeout: 0,
            requestTls: { rejectUnauthorized: true },
          });
    return dispatcher;
  });
  // A failure to load is reported by the first request, not as an unhandled rejection.
  ready.catch(() => undefined);
  return {
    send: async ({ path, method, headers, body, signal }) => {
      const dispatcher = await ready;
      const answer = await dispatcher.request({
        origin,
        path,
        method: method as Dispatcher.HttpMethod,
        headers: { ...headers },
        body: Buffer.isBuffer(body) ? (body.length === 0 ? null : body) : (body as never),
        signal,
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    close: async () => {
      await (await ready).destroy();
    },
  };
}
