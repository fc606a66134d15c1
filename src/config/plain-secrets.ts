import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { Config, Profile } from './profile.ts';
import { option } from './sign-in-again.ts';

/** A secret that the old CLI wrote into the settings. */
export interface PlainSecret {
  readonly profile: string;
  readonly kind: 'api-key' | 'jwt';
  readonly value: string;
}

/** The value of `apiKey` in a profile that uses SSO and has no key. */
const MARKER = 'sso-provided';

/** @returns every plain-text secret in the settings. */
export function plainSecretsIn(config: Config): readonly PlainSecret[] {
  return Object.values(config.profiles).flatMap((profile): PlainSecret[] => {
    const { apiKey, jwtConfig } = profile as Profile & { apiKey?: unknown; jwtConfig?: { token?: unknown } };
    const found: PlainSecret[] = [];
    if (isSecret(apiKey)) found.push({ profile: profile.name, kind: 'api-key', value: apiKey });
    if (isSecret(jwtConfig?.token))
      found.push({ profile: profile.name, kind: 'jwt', value: jwtConfig.token });
    return found;
  });
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value !== MARKER;
}

/** @returns the profile without this secret. */
export function withoutSecret(profile: Profile, kind: PlainSecret['kind']): Profile {
  if (kind === 'api-key') {
    const { apiKey: _gone, ...rest } = profile as Profile & { apiKey?: unknown };
    return rest;
  }
  const { token: _gone, ...jwtConfig } = (profile.jwtConfig ?? {}) as Record<string, unknown>;
  return { ...profile, jwtConfig };
}

/**
 * Secrets that the old CLI left in the file may stay there; we add none.
 *
 * @throws CONFIG_HOLDS_SECRET (8) if `next` contains a secret that is not in `current`.
 */
export function refuseNewSecrets(current: Config, next: Config, path: string): void {
  const known = new Set(plainSecretsIn(current).map(({ value }) => value));
  const added = plainSecretsIn(next).find(({ value }) => !known.has(value));
  if (added === undefined) return;
  throw new CodemieError({
    code: 'CONFIG_HOLDS_SECRET',
    message: `The API key of profile "${added.profile}" would have been saved in plain text in ${path}, so nothing was changed.`,
    fix: `${SIGN_IN}${option('profile', added.profile)} --api-key`,
  });
}
