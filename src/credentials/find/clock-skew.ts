import type { Context } from '../../context.ts';
import type { Origin } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';

const TIMEOUT_MS = 3000;
/** `Date` has a resolution of one second and responses take time, so smaller differences mean nothing. */
const MIN_SKEW_MS = 30_000;

/**
 * @returns how far the platform's clock is ahead of this machine's (ms, negative if behind), from the `Date` header of any
 *   response; 0 if there is none or the difference is too small to matter.
 */
export async function clockSkewOf(context: Context, origin: Origin): Promise<number> {
  try {
    const { headers } = await context.http({
      url: `${origin}/`,
      method: 'HEAD',
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    });
    const skew = Date.parse(headers['date'] ?? '') - context.clock.now();
    return Math.abs(skew) >= MIN_SKEW_MS ? skew : 0;
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('the platform’s clock could not be read', { reason: messageOf(error) });
    return 0;
  }
}
