import { discoverPlatform, type PlatformFacts } from '../codemie/discovery.ts';
import type { Profile } from '../config/profile.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin, type Origin } from '../net/origin.ts';
import { CodemieError, messageOf } from '../system/errors.ts';

export const DEFAULT_CLIENT = 'codemie-cli';

/** What a person said about the identity provider; each overrides what the platform says. */
export interface IssuerWishes {
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
}

export interface IssuerFacts {
  /** Undefined when nobody names one: the platform has a sign-in of its own. */
  readonly issuer: string | undefined;
  /** The issuer as a person named it, to be kept in the profile. */
  readonly named: string | undefined;
  readonly clientId: string;
  readonly resource: string | undefined;
  readonly ways: PlatformFacts['ways'];
}

/**
 * Finds the identity provider of a platform: what the person names, else what the profile of this very platform says,
 * else what the platform publishes (RFC 9728).
 *
 * @throws UNREACHABLE when the platform must be asked and does not answer.
 */
export async function issuerOf(
  context: Context,
  origin: Origin,
  wishes: IssuerWishes,
  profile: Profile | undefined,
): Promise<IssuerFacts> {
  // An issuer that was named for one platform says nothing about another (S39).
  const known = isAddressOf(profile?.codeMieUrl ?? profile?.baseUrl ?? '', origin) ? profile : undefined;
  const { env } = context;
  const named = wishes.issuer || env['CODEMIE_ISSUER'] || known?.issuer;
  const facts = await factsOf(context, origin, named === undefined);
  return {
    issuer: named ?? facts?.issuer,
    named,
    clientId: wishes.clientId || env['CODEMIE_CLIENT_ID'] || known?.clientId || DEFAULT_CLIENT,
    resource: facts?.resource,
    ways: facts?.ways ?? [],
  };
}

/** What the platform says of itself; when the issuer is known, a platform that does not answer is no obstacle. */
async function factsOf(
  context: Context,
  origin: Origin,
  required: boolean,
): Promise<Pick<PlatformFacts, 'issuer' | 'resource' | 'ways'> | undefined> {
  try {
    const { issuer, resource, ways } = await discoverPlatform(context, origin);
    // RFC 9728 §3.3: a platform may name itself and nobody else, or its token would open another platform.
    const own = resource !== undefined && isAddressOf(resource, origin);
    return { ways, ...(issuer && { issuer }), ...(own && { resource }) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (required) throw error;
    context.log.debug('the platform did not describe itself', { reason: messageOf(error) });
    return undefined;
  }
}

function isAddressOf(address: string, origin: Origin): boolean {
  try {
    return canonicalOrigin(address) === origin;
  } catch {
    return false;
  }
}

export function noIssuer(origin: Origin, why: string): CodemieError {
  return new CodemieError({
    code: 'SIGN_IN_UNSUPPORTED',
    message: `${origin} does not name an OpenID provider, which ${why} needs.`,
    hint: 'Name it with --issuer https://…, or give a token: codemie profile login --with-token',
    exit: 'failed',
  });
}
