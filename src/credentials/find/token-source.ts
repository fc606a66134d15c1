import { type SettingsPlace, settingsOf } from '../../config/effective.ts';
import type { EffectiveSettings, SettingsRequest } from '../../config/selection.ts';
import { Secret } from '../../system/secret.ts';
import { cleanToken, inspectJwt } from '../jwt.ts';
import { KEY_VARIABLE, tokenVariables } from './resolver.ts';

/** Whether the profile signs in with a bearer token and with nothing else. */
export function isBearer({ authMethod, profile }: EffectiveSettings): boolean {
  return authMethod === 'jwt' || (authMethod === undefined && profile?.provider === 'bearer-auth');
}

/** A platform's token is not a provider's key: neither is ever looked for where the other is wanted. */
export function variablesOf(selection: EffectiveSettings): readonly string[] {
  const { keyProvider, env, profile } = selection;
  if (keyProvider !== undefined) return [KEY_VARIABLE];
  if (env['CODEMIE_AUTH_METHOD'] === 'sso') return [];
  const own = profile?.jwtConfig?.tokenEnvVar;
  // The default variable may hold a person's token: it does not replace the one that a robot's profile names.
  return isBearer(selection) && own !== undefined ? [own] : tokenVariables(own);
}

/**
 * Looks for a variable that takes precedence over a profile's sign-in. A sign-in or sign-out calls this when it is done, so
 * settings that cannot be used here are no reason to fail.
 *
 * @returns a sentence about the variable, with the person its token is for; undefined when none is set.
 */
export function stillInForce(place: SettingsPlace, wanted: SettingsRequest): string | undefined {
  const selection = settingsIfUsable(place, wanted);
  if (selection === undefined) return undefined;
  const { env } = selection;
  const name = variablesOf(selection).find((variable) => (env[variable] ?? '').trim() !== '');
  if (name === undefined) return undefined;
  return `${name} is set and takes precedence over a sign-in, so commands run ${ownerOf(env[name] ?? '')}. To change that: unset ${name}`;
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
    return `as ${email ?? name ?? id ?? 'the person it is for'}`;
  } catch {
    return 'with its value';
  }
}
