import type { Context } from '../../context.ts';
import type { Origin } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';

const LIMIT_MS = 3000;
/** `Date` counts whole seconds and answers take time: smaller differences say nothing. */
const SMALLEST_MS = 30_000;

/**
 * How far the platform's clock is ahead of ours (ms, negative when behind), by the `Date` of an answer; 0 when it does
 * not say or hardly differs. Any answer will do.
 */
export async function clockSkewOf(context: Context, origin: Origin): Promise<number> {
  try {
    const { headers } = await context.http({
      url: `${origin}/`,
      method: 'HEAD',
      timeoutMs: LIMIT_MS,
      signal: context.signal,
    });
    const skew = Date.parse(headers['date'] ?? '') - context.clock.now();
    return Math.abs(skew) >= SMALLEST_MS ? skew : 0;
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('the platform’s clock could not be read', { reason: messageOf(error) });
    return 0;
  }
}
