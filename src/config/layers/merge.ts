import type { Env } from '../../system/env.ts';
import { isRecord } from '../../system/json.ts';
import type { Config, Profile } from '../profile.ts';
import { type Setting, type SettingName, settingNamed } from '../settings-table.ts';

/** The sources of a setting, highest precedence first. */
export type Source = 'flag' | 'environment' | 'folder' | 'person' | 'default';

/** A setting's value and its source. */
export interface Resolved {
  readonly value: string;
  readonly source: Source;
  /** The option, variable or field it comes from; empty for a default. */
  readonly sourceName: string;
}

/** One source of settings. An empty text counts as not set. */
export interface Layer {
  readonly source: Source;
  read(setting: Setting): Pick<Resolved, 'value' | 'sourceName'> | undefined;
}

/** @returns the value from the first layer that has one, else the setting's default. */
export function resolveSetting(name: SettingName, layers: readonly Layer[]): Resolved | undefined {
  const setting = settingNamed(name);
  for (const layer of layers) {
    const found = layer.read(setting);
    if (found !== undefined) return { ...found, source: layer.source };
  }
  return setting.default === undefined
    ? undefined
    : { value: setting.default, source: 'default', sourceName: '' };
}

/** Settings given on the command line, by setting name. */
export function flagLayer(given: { readonly [Name in SettingName]?: string | undefined }): Layer {
  return {
    source: 'flag',
    read: ({ name, flag }) => textOf(given[name as SettingName], flag ?? name),
  };
}

/** @param source `folder` for the variables of a working folder's `.env`. */
export function variableLayer(env: Env, source: 'environment' | 'folder' = 'environment'): Layer {
  return { source, read: ({ env: names }) => firstText(names, (name) => env[name]) };
}

/** The fields of a profile, the user's own or a folder's. */
export function profileLayer(profile: Partial<Profile> | undefined, source: 'folder' | 'person'): Layer {
  return { source, read: ({ field }) => firstText(field, (path) => at(profile, path)) };
}

/** The user's settings that apply to all profiles. */
export function commonLayer(config: Config): Layer {
  return {
    source: 'person',
    read: ({ common }) => (common === undefined ? undefined : textOf(config[common], common)),
  };
}

function firstText(
  names: readonly string[] = [],
  read: (name: string) => unknown,
): ReturnType<Layer['read']> {
  for (const name of names) {
    const found = textOf(read(name), name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Other programs write these files too, so a field may contain anything. */
function textOf(value: unknown, sourceName: string): ReturnType<Layer['read']> {
  return typeof value === 'string' && value !== '' ? { value, sourceName } : undefined;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}
