import { usageError } from '../system/errors.ts';
import { printable } from '../system/printable.ts';
import type { Config } from './profile.ts';
import { unknownProfile } from './selection.ts';

/** @throws PROFILE_UNKNOWN (9). */
export function activate(config: Config, name: string): Config {
  requireProfile(config, name);
  return { ...config, activeProfile: name };
}

/** @throws PROFILE_UNKNOWN (9), PROFILE_EXISTS (2), USAGE (2) for a name that is awkward in a shell. */
export function rename(config: Config, from: string, to: string): Config {
  requireProfile(config, from);
  requireName(config, to);
  if (from === to) throw usageError(`The profile is already named "${printable(to, 64)}".`);
  if (Object.hasOwn(config.profiles, to)) {
    throw usageError(
      `A profile named "${to}" already exists.`,
      { fix: `codemie profile delete ${to}` },
      'PROFILE_EXISTS',
    );
  }
  const profiles = Object.fromEntries(
    Object.entries(config.profiles).map(([name, profile]) =>
      name === from ? [to, { ...profile, name: to }] : [name, profile],
    ),
  );
  return { ...config, profiles, ...(config.activeProfile === from ? { activeProfile: to } : {}) };
}

/** Removes a profile. If it was active, the first remaining one becomes active. */
export function remove(config: Config, name: string): Config {
  requireProfile(config, name);
  const { [name]: _gone, ...profiles } = config.profiles;
  const { activeProfile, ...rest } = config;
  const next = activeProfile === name ? Object.keys(profiles)[0] : activeProfile;
  return { ...rest, profiles, ...(next === undefined ? {} : { activeProfile: next }) };
}

export function requireProfile(config: Config, name: string): void {
  if (!Object.hasOwn(config.profiles, name)) throw unknownProfile(name, Object.keys(config.profiles));
}

/**
 * The rule for profile names, wherever one is given. Existing names from an older file stay valid.
 *
 * @throws USAGE (2) for a name that is empty, too long, or needs quoting.
 */
export function requireName(config: Config, name: string): void {
  if (NAME.test(name) || (name !== '__proto__' && Object.hasOwn(config.profiles, name))) return;
  throw usageError(`"${printable(name, 64)}" is not a valid profile name.`, {
    hint: 'Use letters, digits, dots, dashes and underscores. Start with a letter or digit.',
  });
}

const NAME = /^[A-Za-z0-9][\w.@-]{0,63}$/;
