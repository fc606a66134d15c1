import { canonicalOrigin, type Origin } from '../net/origin.ts';
import { CodemieError } from '../system/errors.ts';
import type { Config, Profile } from './profile.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a command was told on its command line about where to go. */
export interface Wanted {
  readonly profile?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly model?: string | undefined;
  readonly project?: string | undefined;
}

/** The settings in force: flags over environment over profile (T22). */
export interface Selection {
  /** Undefined when nothing is set up; then address and token come from flags or the environment. */
  readonly profile: Profile | undefined;
  readonly profileName: string;
  readonly origin: Origin | undefined;
  readonly model: string | undefined;
  readonly project: string | undefined;
}

/**
 * Chooses the profile and the settings in force.
 *
 * @throws PROFILE_UNKNOWN (exit 9) when a profile was named that does not exist; URL_INVALID or URL_INSECURE.
 */
export function select(config: Config, env: Env, wanted: Wanted = {}): Selection {
  const named = wanted.profile || env['CODEMIE_PROFILE'] || undefined;
  const name = named ?? config.activeProfile ?? 'default';
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  if (named !== undefined && profile === undefined) throw unknownProfile(name, Object.keys(config.profiles));
  const address =
    wanted.baseUrl ||
    env['CODEMIE_BASE_URL'] ||
    env['CODEMIE_URL'] ||
    profile?.codeMieUrl ||
    profile?.baseUrl;
  return {
    profile,
    profileName: name,
    origin: address === undefined || address === '' ? undefined : canonicalOrigin(address),
    model: wanted.model || env['CODEMIE_MODEL'] || profile?.model || undefined,
    project: wanted.project || env['CODEMIE_PROJECT'] || profile?.codeMieProject || undefined,
  };
}

export function unknownProfile(name: string, known: readonly string[]): CodemieError {
  return new CodemieError({
    code: 'PROFILE_UNKNOWN',
    message: `There is no profile "${name}"${known.length === 0 ? '' : ` (there are: ${known.join(', ')})`}.`,
    hint: `codemie profile login --profile ${/^[\w.-]+$/.test(name) ? name : 'NAME'} --url https://your-codemie-instance.com`,
    exit: 'config',
  });
}
