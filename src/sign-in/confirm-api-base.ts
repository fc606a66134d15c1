import { apiBase } from '../config/api-base.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin } from '../net/origin.ts';
import { namedApiBase } from '../platform-api/discover/api-base.ts';
import type { PlatformPlace } from './request.ts';

/**
 * Determines the platform's API base URL before a sign-in. An address on the platform's own origin is accepted. One on another
 * origin would receive the credential, so you must confirm it; it then becomes the platform's address.
 *
 * @param place the address known so far: from the profile, or the default.
 */
export async function confirmApiBase(context: Context, place: PlatformPlace): Promise<PlatformPlace> {
  const { origin } = place;
  const named = await namedApiBase(context, origin);
  if (named === undefined) return place;
  const other = canonicalOrigin(named);
  if (other === origin) return { origin, apiBase: named };
  const { terminal } = context;
  if (!terminal.interactive) {
    // `--url` alone always means the default base URL of that address.
    const way = named === apiBase(other) ? `with --url ${other}` : 'from a terminal, and confirm it there';
    terminal.say(
      `${origin} says its API is at ${named}. This address isn't used until you confirm it: if it is right, sign in ${way}.`,
    );
    return place;
  }
  const prompts = await terminal.prompts();
  const agreed = await prompts.confirm({
    flag: `--url ${other}`,
    message: `${origin} says its API is at a different address, ${named}. Send your sign-in there?`,
    default: false,
  });
  return agreed ? { origin: other, apiBase: named } : place;
}
