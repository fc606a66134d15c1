import { namedApiBase } from '../codemie/api-base.ts';
import { apiBase } from '../config/address.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin, type Origin } from '../net/origin.ts';

/** A platform, and where its API begins. */
export interface PlatformPlace {
  readonly origin: Origin;
  readonly apiBase: string;
}

/**
 * Settles where a platform's API is before anybody signs in there. What the platform says counts on its own origin. Another
 * origin would be sent the credential, so it counts only when a person says yes; from then on it is the platform's address.
 */
export async function settleApiBase(context: Context, origin: Origin): Promise<PlatformPlace> {
  const named = await namedApiBase(context, origin);
  if (named === undefined) return { origin, apiBase: apiBase(origin) };
  const other = canonicalOrigin(named);
  if (other === origin) return { origin, apiBase: named };
  const { terminal } = context;
  if (!terminal.interactive) {
    terminal.say(
      `${origin} says its API is at ${named}. Nobody confirmed that, so it is not used; sign in there with --url ${other} if it is right.`,
    );
    return { origin, apiBase: apiBase(origin) };
  }
  const prompts = await terminal.prompts();
  const agreed = await prompts.confirm({
    flag: `--url ${other}`,
    message: `${origin} says its API is elsewhere, at ${named}. Send your sign-in there?`,
    default: false,
  });
  return agreed ? { origin: other, apiBase: named } : { origin, apiBase: apiBase(origin) };
}
