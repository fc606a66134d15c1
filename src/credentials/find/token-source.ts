import type { EffectiveSettings } from '../../config/selection.ts';
import { DEFAULT_TOKEN_VARIABLE, KEY_VARIABLE, tokenVariables } from './resolver.ts';

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

/** @returns variables that hold a credential which these settings do not use. */
export function unusedVariables(selection: EffectiveSettings): readonly string[] {
  const used = variablesOf(selection);
  return [DEFAULT_TOKEN_VARIABLE, KEY_VARIABLE].filter(
    (name) => !used.includes(name) && (selection.env[name] ?? '').trim() !== '',
  );
}
