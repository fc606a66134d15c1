import { PassThrough } from 'node:stream';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import { systemClock } from '../../system/clock.ts';
import { connectTo } from '../connect.ts';
import type { Limits } from '../limits.ts';
import type { Origin } from '../origin.ts';
import type { HttpProxy } from '../proxy.ts';
import type { Roots } from '../roots.ts';
import { framingOf } from './framing.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './request.ts';

/** undici's pool over our own tunnel. Loaded only if there is a proxy: loading takes 100 ms. */
export function throughProxy(origin: Origin, proxy: HttpProxy, ca: Roots, limits: Limits): Upstream {
  const url = new URL(origin);
  const closing = new AbortController();
  const connect: buildConnector.connector = (_options, done) => {
    connectTo(url, { proxy, ca, timeoutMs: limits.connectMs, signal: closing.signal }).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, null),
    );
  };
  let pool: Pool | undefined;
  let usedAt = 0;
  const poolNow = async (): Promise<Pool> => {
    const { Pool } = await import('undici');
    // A connection that was idle for too long may be dead. Requests in progress finish on the old pool.
    if (systemClock.now() - usedAt > limits.idleMs) {
      pool?.close().catch(() => undefined);
      pool = undefined;
    }
    usedAt = systemClock.now();
    pool ??= new Pool(url.origin, {
      connect,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: limits.idleMs,
      keepAliveMaxTimeout: limits.idleMs,
      maxHeaderSize: 131_072,
    });
    return pool;
  };
  const send = async (wanted: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer> => {
    const { path, method, headers, body } = wanted;
    const dispatcher = await poolNow();
    // undici writes the framing itself: chunked, unless it gets a length.
    const framing = body.length() === undefined ? [] : framingOf(method, body);
    const stream = body.length() === 0 ? null : new PassThrough().on('error', () => undefined);
    if (stream !== null) body.sendTo(stream);
    const answer = await dispatcher.request({
      path,
      method: method as Dispatcher.HttpMethod,
      headers: [...headers, ...framing],
      body: stream,
      signal,
    });
    answer.body.once('close', () => {
      usedAt = systemClock.now();
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  };
  return {
    send: (wanted) =>
      new Promise((resolve, reject) => {
        const gone = new AbortController();
        // undici notices an abort only once it is connected.
        wanted.onGone(() => {
          gone.abort();
          reject(new Error('the client has gone'));
        });
        send(wanted, gone.signal).then(resolve, reject);
      }),
    connect: () => undefined,
    close: () => {
      closing.abort(new Error('the connections are closed'));
      pool?.destroy().catch(() => undefined);
    },
  };
}
