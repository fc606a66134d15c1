import type { Context } from '../../context.ts';
import type { FetchInit } from '../../net/fetch.ts';
import { unreachable } from '../../net/unreachable.ts';

/** Values from the provider's responses that the library does not expose. */
export interface Observed {
  /** The server's clock minus this machine's, seconds. */
  skewSeconds?: number;
  /** `expires_in` of the last token response, unchecked. */
  expiresIn?: unknown;
}

/**
 * Adapts this program's HTTP client to the library's fetch. Requests end when the program is interrupted, and a server error
 * becomes UNREACHABLE instead of a refusal. Corrects two numbers that would make the library reject the whole response: a
 * token's `expires_in` (S14) and a device code's `interval` (S17).
 */
export function observingFetch(context: Context, seen: Observed) {
  return async (url: string, init: FetchInit = {}): Promise<Response> => {
    const signal = init.signal ? AbortSignal.any([init.signal, context.signal]) : context.signal;
    const headers = new Headers(init.headers);
    // The provider's log should show this program's user agent, not the library's.
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
    const corrected = correct(body, seen);
    if (corrected === undefined) return response;
    return new Response(JSON.stringify(corrected), {
      status: 200,
      headers: { 'content-type': response.headers.get('content-type') ?? '' },
    });
  };
}

/** Seconds. A longer one would outlive the code. */
const LONGEST_INTERVAL = 60;

function correct(body: unknown, seen: Observed): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const fields = body as Record<string, unknown>;
  if ('device_code' in fields) {
    const { interval, ...rest } = fields;
    return typeof interval === 'number' && interval >= 0 && Number.isFinite(interval)
      ? { ...rest, interval: Math.min(Math.max(1, interval), LONGEST_INTERVAL) }
      : rest;
  }
  if (!('access_token' in fields)) return undefined;
  const { expires_in, ...rest } = fields;
  seen.expiresIn = expires_in;
  return rest;
}
