import { apiBase } from '../config/api-base.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin } from '../net/origin.ts';
import { namedApiBase } from '../platform-api/discover/api-base.ts';
import type { PlatformPlace } from './request.ts';

/**
 * Settles where a platform's API is before anybody signs in there. What the platform says counts on its own origin. Another
 * origin would be sent the credential, so it counts only when a person says yes; from then on it is the platform's address,
 * and need not say so itself.
 *
 * @param place what is known so far: where the profile keeps that the API begins, or the usual place.
 */
export async function confirmApiBase(context: Context, place: PlatformPlace): Promise<PlatformPlace> {
  const { origin } = place;
  const named = await namedApiBase(context, origin);
  if (named === undefined) return place;
  const other = canonicalOrigin(named);
  if (other === origin) return { origin, apiBase: named };
  const { terminal } = context;
  if (!terminal.interactive) {
    // An address alone leads to the usual place.
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
