import { apiBase, withoutSlash } from '../../config/api-base.ts';
import type { Context } from '../../context.ts';
import { type Origin, requireSecure } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';

const TIMEOUT_MS = 3000;

/** The API address in the configuration of the platform's web interface, which is JavaScript text. */
const NAMED = /["']?\bVITE_API_URL["']?\s*[:=]\s*(["'`])([^"'`\\\s]{1,2000})\1/;

/**
 * Reads the platform's API base URL from its web interface (`{apiBase}/config.js`, `VITE_API_URL`).
 *
 * @returns that URL, which may be on another origin, or the default one if the file names none; undefined if there is no such
 *   file, or its URL is not secure enough for a credential.
 */
export async function namedApiBase(context: Context, origin: Origin): Promise<string | undefined> {
  const usual = apiBase(origin);
  try {
    const { status, body } = await context.http({
      url: `${usual}/config.js`,
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    });
    const text = body.toString('utf8');
    // An HTML page instead of the file says nothing.
    if (status !== 200 || /^\s*</.test(text)) return undefined;
    const named = NAMED.exec(text)?.[2];
    if (named === undefined) return usual;
    const url = new URL(named, `${origin}/`);
    requireSecure(url);
    const address = withoutSlash(`${url.origin}${url.pathname}`);
    return address.toLowerCase() === usual.toLowerCase() ? usual : address;
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug('config.js does not say where the API is', { reason: messageOf(error) });
    return undefined;
  }
}
