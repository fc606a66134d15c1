import { redact } from '../system/redact.ts';
import { type Resolved, resolveSetting } from './layers/merge.ts';
import { keyProvider } from './providers.ts';
import type { EffectiveSettings } from './selection.ts';
import { type NamedSetting, SETTINGS, type SettingName, settingNamed } from './settings-table.ts';

export interface SettingInUse {
  readonly name: SettingName;
  /** Null for a secret. */
  readonly value: string | null;
  readonly source: Resolved['source'];
  /** The option, variable or field it comes from; empty for a default. */
  readonly sourceName: string;
}

/**
 * @returns every setting that has a value, with its source. Leaves out variables shared with other programs, such as
 * proxies.
 */
export function settingsInUse(effective: EffectiveSettings): readonly SettingInUse[] {
  return SETTINGS.filter(isOurs).flatMap((setting): SettingInUse[] => {
    const found = inUse(setting.name, effective);
    if (found === undefined) return [];
    const { value, source, sourceName } = found;
    return [{ name: setting.name, value: setting.secret ? null : redact(value), source, sourceName }];
  });
}

/** @returns the variables that override the user's stored settings, or would if these were set. */
export function overridingVariables(effective: EffectiveSettings): readonly string[] {
  const isKept = ({ name }: SettingInUse): boolean => {
    const { field, common } = settingNamed(name);
    return field !== undefined || common !== undefined;
  };
  return settingsInUse(effective)
    .filter((setting) => setting.source === 'environment' && isKept(setting))
    .map(({ sourceName }) => sourceName);
}

function isOurs({ env }: NamedSetting): boolean {
  return env === undefined || env.some((name) => name.startsWith('CODEMIE_'));
}

/** Settings that `select` decides by rules are shown as decided. */
export function inUse(name: SettingName, effective: EffectiveSettings): Resolved | undefined {
  const { address, apiBase, layers, profileName, authMethod } = effective;
  const resolved = resolveSetting(name, layers);
  switch (name) {
    case 'profile':
      return { source: 'default', sourceName: '', ...resolved, value: profileName };
    case 'url':
    case 'provider-url':
      if ((name === 'provider-url') !== (effective.keyProvider !== undefined)) return undefined;
      return address && { ...address, value: apiBase ?? address.value };
    case 'provider':
      return keyProvider(resolved?.value) === effective.keyProvider ? resolved : undefined;
    case 'auth-method':
      return resolved && authMethod && { ...resolved, value: authMethod };
    default:
      return resolved;
  }
}
