import { type SettingsPlace, settingsOf } from '../../config/effective.ts';
import type { EffectiveSettings, SettingsRequest } from '../../config/selection.ts';
import { Secret } from '../../system/secret.ts';
import { cleanToken, inspectJwt } from '../jwt.ts';
import { KEY_VARIABLE, tokenVariables } from './resolver.ts';

/** @returns whether the profile signs in with bearer tokens only. */
export function isBearer({ authMethod, profile }: EffectiveSettings): boolean {
  return authMethod === 'jwt' || (authMethod === undefined && profile?.provider === 'bearer-auth');
}

/** @returns the variables to check for a credential. Tokens and provider keys have separate variables, so one is never used as the other. */
export function variablesOf(selection: EffectiveSettings): readonly string[] {
  const { keyProvider, env, profile } = selection;
  if (keyProvider !== undefined) return [KEY_VARIABLE];
  if (env['CODEMIE_AUTH_METHOD'] === 'sso') return [];
  const own = profile?.jwtConfig?.tokenEnvVar;
  // The default variable may hold a person's token, so it never replaces the variable that a bearer profile names.
  return isBearer(selection) && own !== undefined ? [own] : tokenVariables(own);
}

/**
 * Looks for a variable that takes precedence over a profile's sign-in. Sign-in and sign-out call this when they are done, so
 * it ignores settings that it cannot read.
 *
 * @returns a sentence about the variable and the person its token is for, or undefined if no such variable is set.
 */
export function overridingVariable(place: SettingsPlace, wanted: SettingsRequest): string | undefined {
  const selection = settingsIfUsable(place, wanted);
  if (selection === undefined) return undefined;
  const { env } = selection;
  const name = variablesOf(selection).find((variable) => (env[variable] ?? '').trim() !== '');
  if (name === undefined) return undefined;
  return `${name} overrides your sign-in, so commands run ${ownerOf(env[name] ?? '')}. To use your sign-in: unset ${name}`;
}

function settingsIfUsable(place: SettingsPlace, wanted: SettingsRequest): EffectiveSettings | undefined {
  try {
    return settingsOf(place, wanted);
  } catch {
    return undefined;
  }
}

function ownerOf(text: string): string {
  try {
    const { email, name, id } = inspectJwt(cleanToken(new Secret(text).reveal()).token.reveal()).identity;
    return `as ${email ?? name ?? id ?? 'the person it was issued to'}`;
  } catch {
    return 'with its value';
  }
}
