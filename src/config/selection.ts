import { canonicalOrigin, type Origin } from '../net/origin.ts';
import type { Env } from '../system/env.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { keptApiBase, withoutSlash } from './api-base.ts';
import { keptMethod, namedMethod } from './auth-method.ts';
import { destination } from './destination.ts';
import {
  commonLayer,
  flagLayer,
  type Layer,
  profileLayer,
  type Resolved,
  resolveSetting,
  variableLayer,
} from './layers/merge.ts';
import { type AuthMethod, type Config, DEFAULT_PROFILE, type Profile } from './profile.ts';
import { type KeyProvider, keyProviderOf, unsupportedProviderOf } from './providers.ts';

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

/** What a working folder says as far as it counts, and what a person should know about the rest. */
export interface Overlay {
  /** Its variables, which count less than those of the shell. */
  readonly variables?: Env;
  /** Fields laid over the profile. */
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
  /** The address `origin` and `apiBase` come from. */
  readonly address: Resolved | undefined;
  /** Every place that settings were read from, the one that counts most first. */
  readonly layers: readonly Layer[];
}

/** @returns the name of the profile that counts: by flag, by variable, the active one. */
export function nameInUse(config: Config, env: Env, { profile }: Pick<SettingsRequest, 'profile'>): string {
  const layers = [flagLayer({ profile }), variableLayer(env), commonLayer(config)];
  return resolveSetting('profile', layers)?.value ?? DEFAULT_PROFILE;
}

/**
 * Chooses the profile and the settings in force.
 *
 * @param env the shell's variables.
 * @throws PROFILE_UNKNOWN (exit 9) when a profile was named that does not exist; URL_INVALID or URL_INSECURE; USAGE (2)
 *   for a provider, or a method in CODEMIE_AUTH_METHOD, that is none.
 */
export function select(
  config: Config,
  env: Env,
  wanted: SettingsRequest = {},
  { variables = {}, fields, notices }: Overlay = NOTHING_LAID_OVER,
): EffectiveSettings {
  const { profile: flag, baseUrl: url, provider, model, project, integration } = wanted;
  const flags = flagLayer({ profile: flag, url, 'provider-url': url, provider, model, project, integration });
  const shell = [variableLayer(env), variableLayer(without(variables, env), 'folder')];
  const told = [flags, ...shell];
  const isNamed = resolveSetting('profile', told) !== undefined;
  const name = resolveSetting('profile', [...told, commonLayer(config)])?.value ?? DEFAULT_PROFILE;
  const own = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  if (isNamed && own === undefined && wanted.mayCreate !== true)
    throw unknownProfile(name, Object.keys(config.profiles));
  const base = baseFor(fields, own);
  const profile = Object.keys(fields).length === 0 ? own : { ...base, ...fields, name };
  const profiled = [profileLayer(fields, 'folder'), profileLayer(base, 'person')];
  // A machine-wide file would be one more layer at the end.
  const layers = [...told, ...profiled, commonLayer(config)];
  const { keyProvider, address } = destination({ flags, told, profiled, profile, isNamed });
  const method = namedMethod(resolveSetting('auth-method', told)?.value);
  const kept = method === undefined ? keptMethod(profile) : {};
  const origin = address === undefined ? undefined : canonicalOrigin(address.value);
  return {
    profile,
    profileName: name,
    isDefault:
      name === (config.activeProfile ?? DEFAULT_PROFILE) && resolveSetting('profile', shell) === undefined,
    isOwnAddress: isAddressOfProfile(origin, own),
    origin,
    apiBase: apiBaseOf(origin, address?.value, keyProvider, profile),
    keyProvider,
    unsupported: address === undefined ? unsupportedProviderOf(profile) : undefined,
    authMethod: method ?? kept.method,
    model: resolveSetting('model', layers)?.value,
    project: resolveSetting('project', layers)?.value,
    integration: resolveSetting('integration', layers)?.value,
    env: { ...variables, ...definedIn(env) },
    notices: [...notices, ...(kept.notice === undefined ? [] : [kept.notice])],
    address,
    layers,
  };
}

const NOTHING_LAID_OVER: Overlay = { fields: {}, notices: [] };

/** A variable of the shell hides the folder's one of the same name, also an empty one. */
function without(variables: Env, env: Env): Env {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => env[name] === undefined));
}

function definedIn(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
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
