import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { usageError } from '../system/errors.ts';
import type { Config } from './profile.ts';
import { SETTINGS, type SettingName } from './settings-table.ts';

/** A global setting, as `config set` changes it. */
export interface CommonSetting {
  readonly name: SettingName;
  readonly field: 'caFile' | 'plugin' | 'metrics';
  readonly default: string | undefined;
}

/** The active profile has its own commands. */
export const COMMON_SETTINGS: readonly CommonSetting[] = SETTINGS.flatMap(
  ({ name, common: field, default: preset }) =>
    field === undefined || field === 'activeProfile' ? [] : [{ name, field, default: preset }],
);

const PARSERS: Readonly<Record<CommonSetting['field'], (text: string, cwd: string) => string>> = {
  caFile: (text, cwd) => {
    const path = resolve(cwd, text);
    if (existsSync(path)) return path;
    throw usageError(`File not found: ${path}.`, {
      hint: 'Give the path of a PEM file, for example: codemie config set ca-file company-ca.pem',
    });
  },
  plugin: (text) => onOrOff('plugin', text),
  metrics: (text) => onOrOff('metrics', text),
};

/** @returns the value to store. @throws USAGE (2) if it is invalid. */
export function parseSetting({ field }: CommonSetting, text: string, cwd: string): string {
  return PARSERS[field](text, cwd);
}

function onOrOff(name: string, text: string): string {
  if (text === 'on' || text === 'off') return text;
  throw usageError(`${name} must be on or off, not "${text.slice(0, 40)}".`, {
    fix: `codemie config set ${name} off`,
  });
}

/** @throws USAGE (2) if there is no setting with this name. */
export function commonSetting(name: string | undefined): CommonSetting {
  const setting = COMMON_SETTINGS.find((entry) => entry.name === name);
  if (setting !== undefined) return setting;
  const names = COMMON_SETTINGS.map((entry) => entry.name).join(', ');
  throw usageError(`Unknown setting "${(name ?? '').slice(0, 60)}". Use one of: ${names}.`, {
    fix: 'codemie config list',
  });
}

export function withSetting(config: Config, { field }: CommonSetting, value: string | undefined): Config {
  const { [field]: _old, ...rest } = config;
  return value === undefined ? rest : { ...rest, [field]: value };
}

/** @returns the file that records that the user has been told about session tracking. */
export function trackingMark(home: string): string {
  return join(home, 'plugin-announced');
}
