import type { Context } from '../../context.ts';
import type { FetchInit } from '../../net/fetch.ts';
import { unreachable } from '../../net/unreachable.ts';

/** What the library does not hand on, noted from the provider's answers. */
export interface Observed {
  /** The server's clock minus ours, seconds. */
  skewSeconds?: number;
  /** `expires_in` of the last token response, whatever stood there. */
  expiresIn?: unknown;
}

/**
 * Our client as the library's fetch: ends with the program, and tells a server that is out of order from one that
 * refuses. Two numbers are put right where the library would reject the whole answer for them: a token's `expires_in`
 * (S14) and a device code's `interval` (S17).
 */
export function observingFetch(context: Context, seen: Observed) {
  return async (url: string, init: FetchInit = {}): Promise<Response> => {
    const signal = init.signal ? AbortSignal.any([init.signal, context.signal]) : context.signal;
    const headers = new Headers(init.headers);
    // Ours is the name an operator should see in the provider's log.
    headers.delete('user-agent');
    const response = await context.fetch(url, { ...init, headers, signal });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) seen.skewSeconds = Math.round((date - context.clock.now()) / 1000);
    if (response.status >= 500 || response.status === 429)
      throw unreachable(new URL(url), `answered ${response.status}`, String(response.status));
    if (init.method !== 'POST' || response.status !== 200) return response;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    const mended = mend(body, seen);
    if (mended === undefined) return response;
    return new Response(JSON.stringify(mended), {
      status: 200,
      headers: { 'content-type': response.headers.get('content-type') ?? '' },
    });
  };
}

function mend(body: unknown, seen: Observed): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const fields = body as Record<string, unknown>;
  if ('device_code' in fields) {
    const { interval, ...rest } = fields;
    return typeof interval === 'number' && interval >= 0 && Number.isFinite(interval)
      ? { ...rest, interval: Math.max(1, interval) }
      : rest;
  }
  if (!('access_token' in fields)) return undefined;
  const { expires_in, ...rest } = fields;
  seen.expiresIn = expires_in;
  return rest;
}
