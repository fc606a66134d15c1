import { flagLayer, profileLayer, resolveSetting, variableLayer } from '../config/layers/merge.ts';
import type { Profile } from '../config/profile.ts';
import { DEFAULT_CLIENT } from '../config/settings-table.ts';
import type { Context } from '../context.ts';
import { isAddressOf, type Origin } from '../net/origin.ts';
import type { IdentityProvider } from '../platform-api/discover/identity-provider.ts';
import { discoverPlatform, type PlatformFacts } from '../platform-api/discover/platform.ts';
import { CodemieError, messageOf, SIGN_IN } from '../system/errors.ts';
import type { IssuerOverrides, PlatformPlace } from './request.ts';

export interface IssuerFacts {
  /** Undefined if neither you nor the platform names one. Then the platform has its own sign-in. */
  readonly issuer: string | undefined;
  /** Whether codemie should sign in there directly: you named it, or the platform publishes it for clients. */
  readonly offered: boolean;
  /** The issuer that you named, to save in the profile. */
  readonly named: string | undefined;
  readonly clientId: string;
  readonly resource: string | undefined;
  readonly ways: PlatformFacts['ways'];
}

/**
 * Finds a platform's identity provider: the one you name, the one in this platform's profile, the one the platform publishes
 * (RFC 9728), or the one it redirects browsers to, in this order.
 *
 * @throws UNREACHABLE (5) if the platform must be asked and does not respond.
 */
export async function chooseIssuer(
  context: Context,
  { origin, apiBase }: PlatformPlace,
  wishes: IssuerOverrides,
  profile: Profile | undefined,
): Promise<IssuerFacts> {
  // An issuer saved for one platform is never used for another (S39).
  const known = isAddressOf(profile?.codeMieUrl ?? profile?.baseUrl ?? '', origin) ? profile : undefined;
  const flags = flagLayer({ issuer: wishes.issuer, 'client-id': wishes.clientId });
  const layers = [flags, variableLayer(context.env), profileLayer(known, 'person')];
  const named = resolveSetting('issuer', layers)?.value;
  const facts = await factsOf(context, { origin, apiBase }, named === undefined, wishes.facts);
  return {
    issuer: named ?? facts?.issuer,
    offered: named !== undefined || facts?.ways.includes('oidc') === true,
    named,
    clientId: resolveSetting('client-id', layers)?.value ?? DEFAULT_CLIENT,
    resource: facts?.resource,
    ways: facts?.ways ?? [],
  };
}

/** Asks the platform about its sign-in. If `required` is false, a platform that does not respond is not an error. */
async function factsOf(
  context: Context,
  { origin, apiBase }: PlatformPlace,
  required: boolean,
  known: PlatformFacts | undefined,
): Promise<
  (Pick<PlatformFacts, 'ways'> & Partial<Pick<IdentityProvider, 'issuer' | 'resource'>>) | undefined
> {
  try {
    const { identityProvider, ways } = known ?? (await discoverPlatform(context, origin, apiBase));
    const { issuer, resource } = identityProvider ?? {};
    // RFC 9728 §3.3: a platform may only name itself, or the token would be valid for another platform.
    const own = resource !== undefined && isAddressOf(resource, origin);
    return { ways, ...(issuer && { issuer }), ...(own && { resource }) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (required) throw error;
    context.log.debug('the platform did not describe itself', { reason: messageOf(error) });
    return undefined;
  }
}

export function noIssuer(origin: Origin, why: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_UNSUPPORTED',
    message: `${origin} doesn't publish an OpenID provider, which ${why} needs.`,
    fix: `${SIGN_IN} --with-token`,
    hint: 'Add --issuer with the URL of the provider, or sign in with a token.',
  });
}
