import type { Env } from '../../system/env.ts';
import { isRecord } from '../../system/json.ts';
import type { Config, Profile } from '../profile.ts';
import { type Setting, type SettingName, settingNamed } from '../settings-table.ts';

/** The places a setting is looked for in, the one that counts most first. */
export type Source = 'flag' | 'environment' | 'folder' | 'person' | 'default';

/** A setting's value, and where it was found. */
export interface Resolved {
  readonly value: string;
  readonly source: Source;
  /** The option, variable or field that says it; empty for a default. */
  readonly sourceName: string;
}

/** One place that settings are read from. An empty text says nothing. */
export interface Layer {
  readonly source: Source;
  read(setting: Setting): Pick<Resolved, 'value' | 'sourceName'> | undefined;
}

/** @returns what the first layer says that says anything, else the setting's default. */
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

/** What a command was told on its command line, by the names of settings. */
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

/** The fields of a profile, the person's own or those of a working folder. */
export function profileLayer(profile: Partial<Profile> | undefined, source: 'folder' | 'person'): Layer {
  return { source, read: ({ field }) => firstText(field, (path) => at(profile, path)) };
}

/** What the person's settings say for all profiles. */
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

/** Other programs write the files too, so a field may hold anything. */
function textOf(value: unknown, sourceName: string): ReturnType<Layer['read']> {
  return typeof value === 'string' && value !== '' ? { value, sourceName } : undefined;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}
