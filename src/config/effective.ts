import { type Env, isCi } from '../system/env.ts';
import { CodemieError } from '../system/errors.ts';
import { emptyFileNotice, readConfig } from './file.ts';
import {
  harmlessIn,
  type ProjectSettings,
  readProject,
  reservedIn,
  type WorkingPlace,
} from './layers/folder.ts';
import { flagLayer, resolveSetting, variableLayer } from './layers/merge.ts';
import { type Config, EMPTY_CONFIG } from './profile.ts';
import {
  type EffectiveSettings,
  nameInUse,
  type Overlay,
  originOfProfile,
  type SettingsRequest,
  select,
} from './selection.ts';
import { isTrusted } from './trust.ts';

export interface SettingsPlace extends WorkingPlace {
  readonly env: Env;
}

/**
 * The effective settings here: flags over environment over the folder's files over the user's profile (T22). Until
 * the user trusts the folder, its files apply only if they do not decide where a credential is sent.
 *
 * @throws CONFIG_* and PROFILE_UNKNOWN (9); CONFIG_UNTRUSTED (9) in CI, where no one reads a notice.
 */
export function settingsOf(place: SettingsPlace, wanted: SettingsRequest = {}): EffectiveSettings {
  const config = readConfig(place.home);
  const settings = settingsIn(place, config, wanted);
  const empty = config === EMPTY_CONFIG ? emptyFileNotice(place.home) : undefined;
  return empty === undefined ? settings : { ...settings, notices: [...settings.notices, empty] };
}

function settingsIn(place: SettingsPlace, config: Config, wanted: SettingsRequest): EffectiveSettings {
  const project = readProject(place);
  if (project === undefined) return select(config, place.env, wanted);
  const reserved = reservedIn(project);
  if (reserved.length === 0 || wanted.trustProject === true || isTrusted(place.home, project)) {
    // The folder's variables rank below those of the shell.
    const env = { ...project.env, ...definedIn(place.env) };
    const other = otherProfile(config, env, wanted, project);
    const counts =
      other === undefined ? { fields: project.fields, notices: [] } : { fields: {}, notices: [other] };
    return select(config, place.env, wanted, { variables: project.env, ...counts });
  }
  const other =
    otherProfile(config, place.env, wanted, project) ?? otherPlatform(config, place.env, wanted, project);
  const overlay: Overlay = {
    fields: other === undefined ? harmlessIn(project) : {},
    notices: [notice(project, reserved), ...(other === undefined ? [] : [other])],
  };
  const selection = select(config, place.env, wanted, overlay);
  if (isCi(place.env) && !isAddressGiven(place.env, wanted)) throw untrusted(project, reserved);
  return selection;
}

/**
 * A folder's settings apply as a whole to the profile they name, or not at all. A name that is not one of the user's
 * profiles is only a label.
 *
 * @returns why they do not apply, or undefined if they do.
 */
function otherProfile(
  config: Config,
  env: Env,
  wanted: SettingsRequest,
  { folder, profileName, fields }: ProjectSettings,
): string | undefined {
  const used = nameInUse(config, env, wanted);
  if (profileName === undefined || profileName === used || !Object.hasOwn(config.profiles, profileName))
    return undefined;
  if (Object.keys(fields).length === 0) return undefined;
  return `Ignoring the settings in ${folder}: they are for profile "${profileName}", and you are using "${used}". To use them, add --profile ${profileName}.`;
}

/** A project and a model of one platform mean nothing on another. */
function otherPlatform(
  config: Config,
  env: Env,
  wanted: SettingsRequest,
  { folder, fields }: ProjectSettings,
): string | undefined {
  const there = originOfProfile({ ...fields, name: '' });
  const here = select(config, env, wanted).origin;
  if (there === undefined || here === undefined || there === here) return undefined;
  return `Ignoring the settings in ${folder}: they are for ${there}, and you are using ${here}.`;
}

function definedIn(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A URL on the command line or in the environment overrides the folder's, trusted or not. */
function isAddressGiven(env: Env, { baseUrl: url }: SettingsRequest): boolean {
  return resolveSetting('url', [flagLayer({ url }), variableLayer(env)]) !== undefined;
}

function notice({ folder }: ProjectSettings, reserved: readonly string[]): string {
  return `Ignoring ${list(reserved)} from ${folder} (untrusted). Review with: codemie config trust`;
}

function untrusted({ folder }: ProjectSettings, reserved: readonly string[]): CodemieError {
  return new CodemieError({
    code: 'CONFIG_UNTRUSTED',
    message: `The settings in ${folder} set ${list(reserved)}, and you haven't trusted this folder. Nothing was sent.`,
    fix: 'codemie config trust',
    hint: 'Review the settings and trust them, or choose a server yourself with --base-url or CODEMIE_URL. In a pipeline, add --trust-project.',
  });
}

function list(names: readonly string[]): string {
  return names.length > 6 ? `${names.slice(0, 6).join(', ')} and more` : names.join(', ');
}
