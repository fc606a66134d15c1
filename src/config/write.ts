import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../system/clock.ts';
import { systemCode } from '../system/errors.ts';
import { ensurePrivateFolder, replaceFile } from '../system/files.ts';
import { withLock } from '../system/lock.ts';
import { configPath, readConfig } from './file.ts';
import { refuseNewSecrets } from './plain-secrets.ts';
import type { Config, Profile } from './profile.ts';

interface Place {
  readonly home: string;
  readonly clock: Clock;
}

/**
 * Changes the configuration under a lock: reads it, applies `change`, and replaces the whole file (0600, folder
 * 0700). A full disk or a crash leaves the old file whole. An unreadable file is an error before anything is written.
 */
export async function updateConfig(place: Place, change: (config: Config) => Config): Promise<Config> {
  ensurePrivateFolder(place.home);
  return withLock(join(place.home, 'locks', 'config.lock'), { clock: place.clock }, async () => {
    const current = readConfig(place.home);
    const next = change(current);
    refuseNewSecrets(current, next, configPath(place.home));
    replaceFile(linkedPath(place.home), `${JSON.stringify(next, undefined, 2)}\n`, 0o600);
    return next;
  });
}

/** If our settings file is a link (to a dotfiles repository), it stays one. */
function linkedPath(home: string): string {
  const path = configPath(home);
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path;
    throw error;
  }
}

/** Creates or changes one profile. Removes fields set to undefined, keeps unknown fields. */
export async function saveProfile(
  place: Place,
  name: string,
  fields: { readonly [Field in keyof Profile]?: Profile[Field] | undefined },
  options: { readonly activate: boolean },
): Promise<Config> {
  return updateConfig(place, (config) => {
    const merged = Object.entries({ ...config.profiles[name], ...fields, name }).filter(
      ([, value]) => value !== undefined,
    );
    const profiles = { ...config.profiles, [name]: Object.fromEntries(merged) as unknown as Profile };
    const activeProfile =
      options.activate || config.activeProfile === undefined ? name : config.activeProfile;
    return { ...config, profiles, activeProfile };
  });
}
