import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from '../system/errors.ts';
import type { Config } from './profile.ts';

/** A setting that is no profile's, by the name it has on the command line. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly field: 'caFile';
  /** @returns the value as it is kept. @throws USAGE for one that cannot be. */
  parse(text: string, cwd: string): string;
}

export const SETTINGS: readonly Setting[] = [
  {
    name: 'ca-file',
    meaning: 'certificates (PEM) to trust besides the default roots',
    field: 'caFile',
    parse: (text, cwd) => {
      const path = resolve(cwd, text);
      if (existsSync(path)) return path;
      throw usageError(`There is no file ${path}.`, 'codemie config set ca-file /path/to/company-ca.pem');
    },
  },
];

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
