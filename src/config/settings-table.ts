import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { usageError } from '../system/errors.ts';
import type { Config } from './profile.ts';

/** A setting that is no profile's, by the name it has on the command line. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly field: 'caFile' | 'plugin' | 'metrics';
  readonly default?: string;
  /** @returns the value as it is kept. @throws USAGE for one that cannot be. */
  parse(text: string, cwd: string): string;
}

export const SETTINGS: readonly Setting[] = [
  {
    name: 'ca-file',
    meaning: 'PEM file of extra CA certificates to trust',
    field: 'caFile',
    parse: (text, cwd) => {
      const path = resolve(cwd, text);
      if (existsSync(path)) return path;
      throw usageError(`There is no file ${path}.`, 'codemie config set ca-file /path/to/company-ca.pem');
    },
  },
  {
    name: 'plugin',
    meaning: 'count prompts, tools and tokens of Claude Code sessions in the local audit log',
    field: 'plugin',
    default: 'on',
    parse: (text) => onOrOff('plugin', text),
  },
  {
    name: 'metrics',
    meaning: 'send these counts to CodeMie, with project, repository and branch',
    field: 'metrics',
    default: 'off',
    parse: (text) => onOrOff('metrics', text),
  },
];

/** @returns the file that remembers that a person was told of session tracking. */
export function trackingMark(home: string): string {
  return join(home, 'plugin-announced');
}

function onOrOff(name: string, text: string): string {
  if (text === 'on' || text === 'off') return text;
  throw usageError(`${name} is on or off, not "${text.slice(0, 40)}".`, `codemie config set ${name} off`);
}

/** @throws USAGE (2) for a name that is no setting. */
export function settingOf(name: string | undefined): Setting {
  const setting = SETTINGS.find((entry) => entry.name === name);
  if (setting !== undefined) return setting;
  const names = SETTINGS.map((entry) => entry.name).join(', ');
  throw usageError(
    `There is no setting "${(name ?? '').slice(0, 60)}" (there are: ${names}).`,
    'codemie config list',
  );
}

export function withSetting(config: Config, { field }: Setting, value: string | undefined): Config {
  const { [field]: _old, ...rest } = config;
  return value === undefined ? rest : { ...rest, [field]: value };
}
