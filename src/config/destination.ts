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

interface Given {
  readonly flags: Layer;
  /** The command line and the variables. */
  readonly told: readonly Layer[];
  /** The fields of the profile. */
  readonly profiled: readonly Layer[];
  readonly profile: Profile | undefined;
  /** Whether a flag or a variable names the profile. */
  readonly isNamed: boolean;
}

interface Destination {
  /** Undefined for a CodeMie platform. */
  readonly keyProvider: KeyProvider | undefined;
  readonly address: Resolved | undefined;
}

/**
 * Decides where a credential is sent, and whether that is a platform or a key provider. These are the rules for URLs:
 * 1. The command line comes first.
 * 2. CODEMIE_URL is only ever the URL of a platform. CODEMIE_BASE_URL is its older name. With a key provider named by
 *    --provider or CODEMIE_PROVIDER, CODEMIE_BASE_URL is the provider's URL.
 * 3. A key provider's profile named by --profile or CODEMIE_PROFILE keeps its own URL: its key belongs there. If it is
 *    only the active profile, a platform in the environment takes precedence.
 * 4. Otherwise the profile's own URL applies.
 *
 * @throws PROVIDER_UNKNOWN (2).
 */
export function destination({ flags, told, profiled, profile, isNamed }: Given): Destination {
  const kept = keyProviderOf(profile);
  const own = unsupportedProviderOf(profile) === undefined ? ownAddress(profiled, kept) : undefined;
  const named = resolveSetting('provider', told);
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

/**
 * @returns the URL of a platform as written, from a variable or else the profile. Setup offers it, so it may be
 * wrong.
 */
export function platformAddress(env: Env, profile: Profile | undefined): string | undefined {
  const isPlatform = keyProviderOf(profile) === undefined && unsupportedProviderOf(profile) === undefined;
  const layers = [variableLayer(env), profileLayer(isPlatform ? profile : undefined, 'person')];
  return resolveSetting('url', layers)?.value;
}

/** A profile's provider applies only at the profile's own URL. */
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

function providerNamed({ value: name, source, sourceName }: Resolved): KeyProvider | undefined {
  if (PLATFORM_PROVIDERS.includes(name)) return undefined;
  const known = keyProvider(name);
  if (known !== undefined) return known;
  throw usageError(
    `Unknown provider "${name.slice(0, 60)}". Use one of: ${[...PLATFORM_PROVIDERS, ...KEY_PROVIDERS.map((entry) => entry.name)].join(', ')}.`,
    source === 'environment' ? { fix: `unset ${sourceName}` } : { hint: 'Check --provider.' },
    'PROVIDER_UNKNOWN',
  );
}
