import type { Selection } from '../config/select.ts';
import { Secret } from '../system/secret.ts';
import { cleanToken, inspectJwt } from './jwt.ts';
import { KEY_VARIABLE, tokenVariables } from './resolver.ts';

/** Whether the profile signs in with a bearer token and with nothing else. */
export function isBearer({ authMethod, profile }: Selection): boolean {
  return authMethod === 'jwt' || (authMethod === undefined && profile?.provider === 'bearer-auth');
}

/** A platform's token is not a provider's key: neither is ever looked for where the other is wanted. */
export function variablesOf(selection: Selection): readonly string[] {
  const { keyProvider, env, profile } = selection;
  if (keyProvider !== undefined) return [KEY_VARIABLE];
  if (env['CODEMIE_AUTH_METHOD'] === 'sso') return [];
  const own = profile?.jwtConfig?.tokenEnvVar;
  // The default variable may hold a person's token: it is no stand-in for the one that a robot's profile names.
  return isBearer(selection) && own !== undefined ? [own] : tokenVariables(own);
}

/**
 * @returns a sentence about the variable that counts more than any sign-in of the profile, with whom its token says it is
 *   for; undefined when none is set.
 */
export function stillInForce(selection: Selection): string | undefined {
  const { env } = selection;
  const name = variablesOf(selection).find((variable) => (env[variable] ?? '').trim() !== '');
  if (name === undefined) return undefined;
  return `${name} is set and counts more than a sign-in, so commands run ${ownerOf(env[name] ?? '')}. To change that: unset ${name}`;
}

function ownerOf(text: string): string {
  try {
    const { email, name, id } = inspectJwt(cleanToken(new Secret(text).reveal()).token.reveal()).identity;
    return `as ${email ?? name ?? id ?? 'whom it is for'}`;
  } catch {
    return 'with what it holds';
  }
}
