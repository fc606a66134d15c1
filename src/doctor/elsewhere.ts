import { overridingVariables } from '../config/in-use.ts';
import { originOfProfile } from '../config/selection.ts';
import { profileOption, shellWord } from '../config/sign-in-again.ts';
import { type Advice, SIGN_IN } from '../system/errors.ts';
import type { DoctorContext } from './check.ts';

/** Variables that decide which server is asked. */
const DECIDE = /^CODEMIE_(?:URL|BASE_URL|PROFILE|PROVIDER)$/;

/** @returns the variables that lead away from the user's own settings. */
export function decidingVariables(patient: DoctorContext): readonly string[] {
  return overridingVariables(patient.selection()).filter((name) => DECIDE.test(name));
}

/**
 * @returns the way back to the user's own settings, if a variable or a stored detail leads to a server that doesn't
 *   work: a value forgotten in a shell, or an API address of an earlier platform.
 */
export function elsewhere(patient: DoctorContext): readonly Advice[] {
  const selection = patient.selection();
  const { address, origin, profile, apiBase } = selection;
  const variables = decidingVariables(patient);
  const own = originOfProfile(profile);
  if (address?.source === 'environment' && own !== undefined && own !== origin)
    return [{ fix: `unset ${variables.join(' ')}` }];
  if (origin !== undefined && profile?.apiUrl !== undefined && apiBase === profile.apiUrl)
    return [
      {
        fix: `${SIGN_IN}${profileOption(selection)} --url ${shellWord(origin)}`,
        hint: `Your profile says that the API is at ${apiBase}. Signing in again asks the server.`,
      },
    ];
  return [];
}
