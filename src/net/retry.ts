import { CodemieError, systemCode } from '../system/errors.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';

type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** If a server asks for a longer wait, its refusal is returned. */
const MAX_RETRY_AFTER_MS = 3000;
const TRANSIENT = new Set([502, 503, 504]);
/** Cut connections. A refused connection is not retried: it would be refused again. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Retries requests that change nothing (GET, HEAD; RFC 9110 §9.2.1) after a transient fault: a cut connection, 502 to
 * 504, or 429 with a short Retry-After. Everything else is returned unchanged.
 *
 * @param mayRepeat which requests may be sent again.
 */
export function withRetries(
  send: Http,
  sleep: Sleep,
  pauses: readonly number[],
  mayRepeat: (request: HttpRequest) => boolean = isSafe,
): Http {
  return async (request) => {
    if (!mayRepeat(request)) return send(request);
    for (let turn = 0; ; turn += 1) {
      const outcome = await send(request).catch((error: unknown) => ({ error }));
      const pause = pauses[turn];
      const wait = pause === undefined ? undefined : waitAfter(outcome, pause);
      if (wait === undefined || request.signal?.aborted === true) {
        if ('error' in outcome) throw outcome.error;
        return outcome;
      }
      await sleep(wait, request.signal);
    }
  };
}

function isSafe({ method = 'GET', body }: HttpRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && body === undefined;
}

/**
 * @param pause ms; half of it is random, so that many programs do not retry at the same moment.
 * @returns how long to wait before a retry, or undefined if a retry would not help.
 */
function waitAfter(outcome: HttpResponse | { readonly error: unknown }, pause: number): number | undefined {
  const jittered = pause / 2 + Math.random() * (pause / 2);
  if ('error' in outcome) {
    const { error } = outcome;
    const cause = error instanceof CodemieError ? error.cause : error;
    return CUT.has(systemCode(cause) ?? '') ? jittered : undefined;
  }
  const retryAfter = Number(outcome.headers['retry-after'] ?? Number.NaN) * 1000;
  if (outcome.status === 429)
    return retryAfter <= MAX_RETRY_AFTER_MS ? Math.max(retryAfter, jittered) : undefined;
  if (!TRANSIENT.has(outcome.status)) return undefined;
  return retryAfter > MAX_RETRY_AFTER_MS
    ? undefined
    : Math.max(Number.isNaN(retryAfter) ? 0 : retryAfter, jittered);
}
