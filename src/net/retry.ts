import { CodemieError, systemCode } from '../system/errors.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';

type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** A server that asks for more patience is answered with its own refusal. */
const LONGEST_WISH_MS = 3000;
const PASSING = new Set([502, 503, 504]);
/** A connection that was cut; one that was refused will be refused again. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Tries requests that change nothing (GET, HEAD; RFC 9110 §9.2.1) again when the fault passes by itself: a cut
 * connection, 502 to 504, and 429 that names a short wait. Everything else is answered as it came.
 */
export function withRetries(send: Http, sleep: Sleep, pauses: readonly number[]): Http {
  return async (request) => {
    if (!isSafe(request)) return send(request);
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
 * @param pause half of it is left to chance, so that many programs do not come back at once.
 * @returns how long to wait before another try, or undefined when another would not help.
 */
function waitAfter(outcome: HttpResponse | { readonly error: unknown }, pause: number): number | undefined {
  const jittered = pause / 2 + Math.random() * (pause / 2);
  if ('error' in outcome) {
    const { error } = outcome;
    const cause = error instanceof CodemieError ? error.cause : error;
    return CUT.has(systemCode(cause) ?? '') ? jittered : undefined;
  }
  const wish = Number(outcome.headers['retry-after'] ?? Number.NaN) * 1000;
  if (outcome.status === 429) return wish <= LONGEST_WISH_MS ? Math.max(wish, jittered) : undefined;
  if (!PASSING.has(outcome.status)) return undefined;
  return wish > LONGEST_WISH_MS ? undefined : Math.max(Number.isNaN(wish) ? 0 : wish, jittered);
}
