/**
 * Runs work with a signal that is aborted with the outer one, or after `ms`. Do not write
 * `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: Node.js 20 may collect the timeout as garbage, and then it never fires.
 */
export async function within<T>(
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(outer.reason);
  if (outer.aborted) onAbort();
  outer.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => limit.abort(new DOMException('Timed out', 'TimeoutError')), ms);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  }
}
