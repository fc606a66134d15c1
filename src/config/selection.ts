import { canonicalOrigin, type Origin } from '../net/origin.ts';
import { CodemieError, SIGN_IN, usageError } from '../system/errors.ts';
import { keptApiBase, withoutSlash } from './api-base.ts';
import { type AuthMethod, type Config, DEFAULT_PROFILE, type Profile } from './profile.ts';
import {
  KEY_PROVIDERS,
  type KeyProvider,
  keyProvider,
  keyProviderOf,
  PLATFORM_PROVIDERS,
  unsupportedProviderOf,
} from './providers.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a command was told on its command line about where to go. */
export interface SettingsRequest {
  readonly profile?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly integration?: string | undefined;
  /** The profile may be one that is about to be created. */
  readonly mayCreate?: boolean | undefined;
  /** Let the settings of the working tree count this once. */
  readonly trustProject?: boolean | undefined;
}

/** Fields laid over the profile, and what a person should know about those that were not. */
export interface Overlay {
  readonly fields: Partial<Profile>;
  readonly notices: readonly string[];
}

/** The settings in force: flags over environment over project over profile (T22). */
export interface EffectiveSettings {
  /** Undefined when nothing is set up; then address and token come from flags or the environment. */
  readonly profile: Profile | undefined;
  readonly profileName: string;
  /** Commands use this profile without being told, in any shell. */
  readonly isDefault: boolean;
  /** The address is the profile's own, or the profile has none yet. */
  readonly isOwnAddress: boolean;
  readonly origin: Origin | undefined;
  /** Where the API begins, a platform's or a key provider's, without a slash at the end; undefined without an origin. */
  readonly apiBase: string | undefined;
  /** Set when this is no CodeMie platform but a provider of models with an API key. */
  readonly keyProvider: KeyProvider | undefined;
  /** Set when the profile is for a provider that we cannot speak to, and nothing else was told: its title. */
  readonly unsupported: string | undefined;
  /** `sso` leaves out tokens of the environment. */
  readonly authMethod: AuthMethod | undefined;
  readonly model: string | undefined;
  readonly project: string | undefined;
  /** Id of the platform's integration the work is charged to, as `X-CodeMie-Integration`. */
  readonly integration: string | undefined;
  /** The environment as it counts here: the shell's, over a trusted folder's `.env`. */
  readonly env: Env;
  readonly notices: readonly string[];
}

/** @returns the name of the profile that counts: by flag, by variable, the active one. */
export function nameInUse(config: Config, env: Env, { profile }: SettingsRequest): string {
  return profile || env['CODEMIE_PROFILE'] || config.activeProfile || DEFAULT_PROFILE;
}

/**
 * Chooses the profile and the settings in force.
 *
 * @throws PROFILE_UNKNOWN (exit 9) when a profile was named that does not exist; URL_INVALID or URL_INSECURE; USAGE (2)
 *   for a provider, or a method in CODEMIE_AUTH_METHOD, that is none.
 */
export function select(
  config: Config,
  env: Env,
  wanted: SettingsRequest = {},
  overlay?: Overlay,
): EffectiveSettings {
  const named = wanted.profile || env['CODEMIE_PROFILE'] || undefined;
  const name = nameInUse(config, env, wanted);
  const own = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  if (named !== undefined && own === undefined && wanted.mayCreate !== true)
    throw unknownProfile(name, Object.keys(config.profiles));
  const fields = overlay?.fields ?? {};
  const profile = Object.keys(fields).length === 0 ? own : { ...baseFor(fields, own), ...fields, name };
  const elsewhere = unsupportedProviderOf(profile);
  const profiled =
    elsewhere === undefined
      ? profile?.codeMieUrl || profile?.baseUrl || keyProviderOf(profile)?.baseUrl
      : undefined;
  const told = wanted.baseUrl || env['CODEMIE_BASE_URL'] || env['CODEMIE_URL'];
  const provider = providerOf(wanted.provider || env['CODEMIE_PROVIDER'], profile, told, profiled);
  const address = told || (provider === keyProviderOf(profile) ? profiled : provider?.baseUrl) || undefined;
  const method = namedMethod(env['CODEMIE_AUTH_METHOD']);
  const origin = address === undefined ? undefined : canonicalOrigin(address);
  const kept: ProfileMethod = method === undefined ? keptMethod(profile) : {};
  return {
    profile,
    profileName: name,
    isDefault: name === (config.activeProfile ?? DEFAULT_PROFILE) && !env['CODEMIE_PROFILE'],
    isOwnAddress: isAddressOfProfile(origin, own),
    origin,
    apiBase: apiBaseOf(origin, address, provider, profile),
    keyProvider: provider,
    unsupported: address === undefined ? elsewhere : undefined,
    authMethod: method ?? kept.method,
    model: wanted.model || env['CODEMIE_MODEL'] || profile?.model || undefined,
    project: wanted.project || env['CODEMIE_PROJECT'] || profile?.codeMieProject || undefined,
    integration: wanted.integration || env['CODEMIE_INTEGRATION_ID'] || integrationOf(profile),
    env,
    notices: [...(overlay?.notices ?? []), ...(kept.notice === undefined ? [] : [kept.notice])],
  };
}

/** A project's settings for another platform are laid over nothing: project, model and sign-in are of the profile's own. */
function baseFor(fields: Partial<Profile>, own: Profile | undefined): Partial<Profile> {
  const origin = originOfProfile({ ...fields, name: '' });
  return own === undefined || origin === undefined || origin === originOfProfile(own) ? { ...own } : {};
}

/** @returns the origin a profile is for, or undefined when it names none that can be used. */
export function originOfProfile(profile: Profile | undefined): Origin | undefined {
  const address = profile?.codeMieUrl || profile?.baseUrl || keyProviderOf(profile)?.baseUrl;
  try {
    return address ? canonicalOrigin(address) : undefined;
  } catch {
    return undefined;
  }
}

function isAddressOfProfile(origin: Origin | undefined, profile: Profile | undefined): boolean {
  const own = originOfProfile(profile);
  return own === undefined || origin === undefined || own === origin;
}

/** Another program writes the field, so it may hold anything. */
function integrationOf(profile: Profile | undefined): string | undefined {
  const id: unknown = profile?.codeMieIntegration?.id;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** A provider that was named counts; the profile's counts at the profile's own address and at no other. */
function providerOf(
  named: string | undefined,
  profile: Profile | undefined,
  told: string | undefined,
  profiled: string | undefined,
): KeyProvider | undefined {
  if (named !== undefined) {
    if (PLATFORM_PROVIDERS.includes(named)) return undefined;
    const known = keyProvider(named);
    if (known !== undefined) return known;
    throw usageError(
      `There is no provider "${named.slice(0, 60)}" (there are: ${[...PLATFORM_PROVIDERS, ...KEY_PROVIDERS.map((entry) => entry.name)].join(', ')}).`,
      'Correct --provider or CODEMIE_PROVIDER',
      'PROVIDER_UNKNOWN',
    );
  }
  if (told && profiled && canonicalOrigin(told) !== canonicalOrigin(profiled)) return undefined;
  return keyProviderOf(profile);
}

const METHODS: readonly AuthMethod[] = ['sso', 'jwt', 'api-key'];

/** @throws USAGE (2): whoever sets the variable can correct it at once. */
function namedMethod(text: string | undefined): AuthMethod | undefined {
  if (!text) return undefined;
  const method = METHODS.find((entry) => entry === text);
  if (method !== undefined) return method;
  throw usageError(
    `"${text.slice(0, 40)}" is not a way to sign in (there are: ${METHODS.join(', ')}).`,
    'Correct CODEMIE_AUTH_METHOD',
  );
}

interface ProfileMethod {
  readonly method?: AuthMethod;
  readonly notice?: string;
}

/** A file may hold the word of another program, or of a later version; no command fails over that. */
function keptMethod(profile: Profile | undefined): ProfileMethod {
  const text = profile?.authMethod;
  if (!text) return {};
  const method = METHODS.find((entry) => entry === text);
  if (method !== undefined) return { method };
  // What the older program calls a key, or a token, that a person typed in.
  if (text === 'manual') return keyProviderOf(profile) === undefined ? {} : { method: 'api-key' };
  return {
    notice: `Profile "${profile?.name ?? ''}" says authMethod "${text.slice(0, 40)}", which is not a way to sign in (there are: ${METHODS.join(', ')}); it is ignored.`,
  };
}

function apiBaseOf(
  origin: Origin | undefined,
  address: string | undefined,
  provider: KeyProvider | undefined,
  profile: Profile | undefined,
): string | undefined {
  if (origin === undefined || address === undefined) return undefined;
  return provider === undefined ? keptApiBase(origin, profile?.apiUrl) : withoutSlash(address);
}

export function unknownProfile(name: string, known: readonly string[]): CodemieError {
  return new CodemieError({
    code: 'PROFILE_UNKNOWN',
    message: `There is no profile "${name}"${known.length === 0 ? '' : ` (there are: ${known.join(', ')})`}.`,
    hint: `${SIGN_IN} --profile ${/^[\w.-]+$/.test(name) ? name : 'NAME'} --url https://your-codemie-instance.com`,
  });
}
