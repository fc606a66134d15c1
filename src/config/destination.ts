import { canonicalOrigin } from '../net/origin.ts';
import type { Env } from '../system/env.ts';
import { usageError } from '../system/errors.ts';
import { type Layer, profileLayer, type Resolved, resolveSetting, variableLayer } from './layers/merge.ts';
import type { Profile } from './profile.ts';
import {
  KEY_PROVIDERS,
  type KeyProvider,
  keyProvider,
  keyProviderOf,
  PLATFORM_PROVIDERS,
  unsupportedProviderOf,
} from './providers.ts';

interface Said {
  readonly flags: Layer;
  /** The command line and the variables. */
  readonly told: readonly Layer[];
  /** The fields of the profile. */
  readonly profiled: readonly Layer[];
  readonly profile: Profile | undefined;
  /** Whether somebody named the profile, by flag or variable. */
  readonly isNamed: boolean;
}

interface Destination {
  /** Undefined for a CodeMie platform. */
  readonly keyProvider: KeyProvider | undefined;
  readonly address: Resolved | undefined;
}

/**
 * Where a credential goes, and whether that is a platform or a key provider. This is the one rule of addresses:
 * 1. The command line counts first.
 * 2. CODEMIE_URL is the address of a platform and of nothing else. CODEMIE_BASE_URL is its older name. For a key provider
 *    that was named (--provider, CODEMIE_PROVIDER), CODEMIE_BASE_URL is the provider's address.
 * 3. A profile of a key provider that was named (--profile, CODEMIE_PROFILE) keeps its own address: its key belongs there.
 *    One that is only the active profile gives way to a platform in the environment.
 * 4. Else the profile's own address counts.
 *
 * @throws PROVIDER_UNKNOWN (2).
 */
export function destination({ flags, told, profiled, profile, isNamed }: Said): Destination {
  const kept = keyProviderOf(profile);
  const own = unsupportedProviderOf(profile) === undefined ? ownAddress(profiled, kept) : undefined;
  const named = resolveSetting('provider', told)?.value;
  if (named !== undefined) {
    const provider = providerNamed(named);
    const given = resolveSetting(provider === undefined ? 'url' : 'provider-url', told);
    return { keyProvider: provider, address: given ?? (provider === kept ? own : publicAddress(provider)) };
  }
  const staysOwn = kept !== undefined && isNamed;
  const given = resolveSetting(
    staysOwn ? 'provider-url' : 'url',
    staysOwn && own !== undefined ? [flags] : told,
  );
  return { keyProvider: isElsewhere(given, own) ? undefined : kept, address: given ?? own };
}

/** @returns where a platform is, as it was written: by variable, else in the profile. Setup offers it, so it may be wrong. */
export function platformAddress(env: Env, profile: Profile | undefined): string | undefined {
  const isPlatform = keyProviderOf(profile) === undefined && unsupportedProviderOf(profile) === undefined;
  const layers = [variableLayer(env), profileLayer(isPlatform ? profile : undefined, 'person')];
  return resolveSetting('url', layers)?.value;
}

/** A profile's provider counts at the profile's own address and at no other. */
function isElsewhere(given: Resolved | undefined, own: Resolved | undefined): boolean {
  if (given === undefined) return false;
  if (given.sourceName === 'CODEMIE_URL') return true;
  return own !== undefined && canonicalOrigin(given.value) !== canonicalOrigin(own.value);
}

function ownAddress(profiled: readonly Layer[], kept: KeyProvider | undefined): Resolved | undefined {
  return resolveSetting('url', profiled) ?? publicAddress(kept);
}

function publicAddress(provider: KeyProvider | undefined): Resolved | undefined {
  const value = provider?.baseUrl;
  return value === undefined ? undefined : { value, source: 'default', sourceName: '' };
}

function providerNamed(name: string): KeyProvider | undefined {
  if (PLATFORM_PROVIDERS.includes(name)) return undefined;
  const known = keyProvider(name);
  if (known !== undefined) return known;
  throw usageError(
    `There is no provider "${name.slice(0, 60)}" (there are: ${[...PLATFORM_PROVIDERS, ...KEY_PROVIDERS.map((entry) => entry.name)].join(', ')}).`,
    'Correct --provider or CODEMIE_PROVIDER',
    'PROVIDER_UNKNOWN',
  );
}
