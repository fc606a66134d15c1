import { canonicalOrigin, type Origin } from '../net/origin.ts';
import type { Env } from '../system/env.ts';
import { CodemieError } from '../system/errors.ts';
import { keptApiBase, platformOrigin, withoutSlash } from './api-base.ts';
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

/** The command-line options that decide where to connect. */
export interface SettingsRequest {
  readonly profile?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly project?: string | undefined;
  readonly integration?: string | undefined;
  /** The profile may not exist yet. */
  readonly mayCreate?: boolean | undefined;
  /** Apply the settings of the working tree this once. */
  readonly trustProject?: boolean | undefined;
}

/** The folder settings that apply, and notices about the rest. */
export interface Overlay {
  /** Its variables, which rank below those of the shell. */
  readonly variables?: Env;
  /** Fields that override the profile. */
  readonly fields: Partial<Profile>;
  readonly notices: readonly string[];
}

/** The effective settings: flags over environment over project over profile (T22). */
export interface EffectiveSettings {
  /** Undefined if nothing is set up; URL and token then come from flags or the environment. */
  readonly profile: Profile | undefined;
  readonly profileName: string;
  /** Commands in any shell use this profile by default. */
  readonly isDefault: boolean;
  /** The URL is the profile's own, or the profile has none yet. */
  readonly isOwnAddress: boolean;
  readonly origin: Origin | undefined;
  /** The API base of the platform or the key provider, without a trailing slash; undefined without an origin. */
  readonly apiBase: string | undefined;
  /** Set if this is a model provider with an API key instead of a CodeMie platform. */
  readonly keyProvider: KeyProvider | undefined;
  /** Set if the profile is for an unsupported provider and nothing else was given: its title. */
  readonly unsupported: string | undefined;
  /** `sso` ignores tokens in the environment. */
  readonly authMethod: AuthMethod | undefined;
  readonly model: string | undefined;
  readonly project: string | undefined;
  /** The ID of the platform's integration that is billed, sent as `X-CodeMie-Integration`. */
  readonly integration: string | undefined;
  /** The effective environment: the shell's, over a trusted folder's `.env`. */
  readonly env: Env;
  readonly notices: readonly string[];
  /** The URL that `origin` and `apiBase` are derived from. */
  readonly address: Resolved | undefined;
  /** All sources of settings, highest precedence first. */
  readonly layers: readonly Layer[];
}

/** @returns the name of the profile to use: by flag, by variable, or the active one. */
export function nameInUse(config: Config, env: Env, { profile }: Pick<SettingsRequest, 'profile'>): string {
  const layers = [flagLayer({ profile }), variableLayer(env), commonLayer(config)];
  return resolveSetting('profile', layers)?.value ?? DEFAULT_PROFILE;
}

/**
 * Determines the profile and the effective settings.
 *
 * @param env the shell's variables.
 * @throws PROFILE_UNKNOWN (exit 9) if a named profile does not exist; URL_INVALID, URL_INSECURE or URL_PATH; USAGE (2) for an
 * unknown provider, or an unknown method in CODEMIE_AUTH_METHOD.
 */
export function select(
  config: Config,
  env: Env,
  wanted: SettingsRequest = {},
  { variables = {}, fields, notices }: Overlay = NO_OVERLAY,
): EffectiveSettings {
  const { profile: flag, baseUrl: url, provider, model, project, integration } = wanted;
  const flags = flagLayer({ profile: flag, url, 'provider-url': url, provider, model, project, integration });
  const shell = [variableLayer(env), variableLayer(without(variables, env), 'folder')];
  const told = [flags, ...shell];
  const naming = resolveSetting('profile', told);
  const isNamed = naming !== undefined;
  const name = resolveSetting('profile', [...told, commonLayer(config)])?.value ?? DEFAULT_PROFILE;
  const own = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  if (isNamed && own === undefined && wanted.mayCreate !== true)
    throw unknownProfile(name, Object.keys(config.profiles), naming);
  const base = baseFor(fields, own);
  const profile = Object.keys(fields).length === 0 ? own : { ...base, ...fields, name };
  const profiled = [profileLayer(fields, 'folder'), profileLayer(base, 'person')];
  // A machine-wide file would be another layer at the end.
  const layers = [...told, ...profiled, commonLayer(config)];
  const { keyProvider, address } = destination({ flags, told, profiled, profile, isNamed });
  if (own === undefined && address === undefined && wanted.mayCreate !== true) requireActive(config);
  const method = namedMethod(resolveSetting('auth-method', told)?.value);
  const kept = method === undefined ? keptMethod(profile) : {};
  const originOf = keyProvider === undefined ? platformOrigin : canonicalOrigin;
  const origin = address === undefined ? undefined : originOf(address.value);
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

const NO_OVERLAY: Overlay = { fields: {}, notices: [] };

/** A shell variable hides the folder's variable of the same name, even if it is empty. */
function without(variables: Env, env: Env): Env {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => env[name] === undefined));
}

function definedIn(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/**
 * If a folder's settings are for another platform, they do not extend the user's profile: its project, model and
 * sign-in belong to its own platform.
 */
function baseFor(fields: Partial<Profile>, own: Profile | undefined): Partial<Profile> {
  const origin = originOfProfile({ ...fields, name: '' });
  return own === undefined || origin === undefined || origin === originOfProfile(own) ? { ...own } : {};
}

/** @returns the origin of a profile, or undefined if it has no valid one. */
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

/** @throws PROFILE_UNKNOWN (9) if there are profiles, and the active one is none of them. */
function requireActive({ activeProfile, profiles }: Config): void {
  const [first, ...more] = Object.keys(profiles);
  if (first === undefined) return;
  const why =
    activeProfile === undefined
      ? 'No profile is active.'
      : `The active profile "${activeProfile}" doesn't exist.`;
  throw new CodemieError({
    code: 'PROFILE_UNKNOWN',
    message: `${why} Your profiles: ${[first, ...more].join(', ')}.`,
    fix: /^[\w.@-]+$/.test(first) ? `codemie profile use ${first}` : 'codemie profile list',
  });
}

/** @param naming where the name comes from; a variable may be forgotten from another project. */
export function unknownProfile(name: string, known: readonly string[], naming?: Resolved): CodemieError {
  const variable = naming?.source === 'environment' && known.length > 0 ? naming.sourceName : undefined;
  return new CodemieError({
    code: 'PROFILE_UNKNOWN',
    message: `There is no profile "${name}"${variable === undefined ? '' : ` (named by ${variable})`}.${known.length === 0 ? '' : ` Your profiles: ${known.join(', ')}.`}`,
    fix:
      variable !== undefined
        ? `unset ${variable}`
        : /^[\w.-]+$/.test(name)
          ? `codemie setup --profile ${name}`
          : 'codemie profile list',
  });
}
