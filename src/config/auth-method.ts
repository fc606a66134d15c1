import { usageError } from '../system/errors.ts';
import type { AuthMethod, Profile } from './profile.ts';
import { keyProviderOf } from './providers.ts';

const METHODS: readonly AuthMethod[] = ['sso', 'jwt', 'api-key'];

/** @throws USAGE (2) for an unknown method: the user can correct the variable at once. */
export function namedMethod(text: string | undefined): AuthMethod | undefined {
  if (!text) return undefined;
  const method = METHODS.find((entry) => entry === text);
  if (method !== undefined) return method;
  throw usageError(`Unknown sign-in method "${text.slice(0, 40)}". Use one of: ${METHODS.join(', ')}.`, {
    fix: 'unset CODEMIE_AUTH_METHOD',
  });
}

export interface ProfileMethod {
  readonly method?: AuthMethod;
  readonly notice?: string;
}

/** A file may contain the word of another program or of a later version; that must not make a command fail. */
export function keptMethod(profile: Profile | undefined): ProfileMethod {
  const text = profile?.authMethod;
  if (!text) return {};
  const method = METHODS.find((entry) => entry === text);
  if (method !== undefined) return { method };
  // The old CLI's word for a key or a token that the user typed in.
  if (text === 'manual') return keyProviderOf(profile) === undefined ? {} : { method: 'api-key' };
  return {
    notice: `Ignoring authMethod "${text.slice(0, 40)}" of profile "${profile?.name ?? ''}": unknown sign-in method. Use one of: ${METHODS.join(', ')}.`,
  };
}
