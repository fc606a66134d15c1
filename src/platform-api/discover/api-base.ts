import { apiBase, withoutSlash } from '../../config/api-base.ts';
import type { Context } from '../../context.ts';
import { type Origin, requireSecure } from '../../net/origin.ts';
import { messageOf } from '../../system/errors.ts';

const LIMIT_MS = 3000;

/** The configuration of the platform's web interface: JavaScript text that may name where its API is. */
const NAMED = /["']?\bVITE_API_URL["']?\s*[:=]\s*(["'`])([^"'`\\\s]{1,2000})\1/;

/**
 * Reads where a platform says its API begins (`{apiBase}/config.js`, `VITE_API_URL`).
 *
 * @returns that address, which may be on another origin, and the usual one when it names none; undefined when there is no
 *   such document, or one that names what no credential may be sent to.
 */
export async function namedApiBase(context: Context, origin: Origin): Promise<string | undefined> {
  const usual = apiBase(origin);
  try {
    const { status, body } = await context.http({
      url: `${usual}/config.js`,
      timeoutMs: LIMIT_MS,
      signal: context.signal,
    });
    const text = body.toString('utf8');
    // A page in its place says nothing.
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
