import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { EffectiveSettings } from './selection.ts';

/** What a printed command must name to apply to this profile and no other. */
export type ProfilePlace = Pick<EffectiveSettings, 'profileName' | 'isDefault'>;
export type SignInPlace = ProfilePlace &
  Pick<EffectiveSettings, 'isOwnAddress' | 'origin' | 'apiBase' | 'keyProvider' | 'authMethod'>;

/** @returns ` --name value`, quoted for a shell; empty if there is no value. */
export function option(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : ` --${name} ${shellWord(value)}`;
}

/** @returns a value quoted as one shell word. */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** @returns ` --profile NAME`; empty for the profile that commands use by default. */
export function profileOption({ profileName, isDefault }: ProfilePlace): string {
  return isDefault ? '' : option('profile', profileName);
}

/**
 * The command that signs in again with these settings. Leaves out the profile if the URL is not its own: the sign-in
 * would move the profile to that URL.
 */
export function signInAgain(place: SignInPlace): string {
  const { keyProvider, origin, apiBase, isOwnAddress, authMethod } = place;
  const start = `${SIGN_IN}${isOwnAddress ? profileOption(place) : ''}`;
  if (keyProvider !== undefined) {
    const address = apiBase === keyProvider.baseUrl ? undefined : apiBase;
    return `${start} --api-key${option('provider', keyProvider.name)}${option('url', address)}`;
  }
  if (origin === undefined) return `codemie setup${profileOption(place)}`;
  return `${start}${option('url', origin)}${authMethod === 'jwt' ? ' --with-token' : ''}`;
}

/**
 * Runs work that does not know its profile (a store, a refresh, a sign-out). Completes the sign-in command in the
 * hints of its errors with the profile.
 */
export async function forProfile<T>(place: SignInPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CodemieError ? aboutProfile(error, place) : error;
  }
}

function aboutProfile(error: CodemieError, place: SignInPlace): CodemieError {
  const texts = [error.fix ?? '', error.hint ?? '', ...error.remedies];
  if (!texts.some((text) => text.includes(SIGN_IN))) return error;
  return error.with({
    fix: error.fix && named(error.fix, place),
    hint: error.hint && named(error.hint, place),
    remedies: error.remedies.map((remedy) => named(remedy, place)),
  });
}

/** @returns a hint whose sign-in command names the profile; unchanged if it already does. */
export function named(fix: string, place: SignInPlace): string {
  const at = fix.indexOf(SIGN_IN);
  const rest = fix.slice(at + SIGN_IN.length);
  if (at === -1 || /--profile\b/.test(rest)) return fix;
  if (/--(url|provider)\b/.test(rest)) return `${fix.slice(0, at)}${SIGN_IN}${profileOption(place)}${rest}`;
  const whole = signInAgain(place);
  // A hint may ask for a method that the command already names.
  const kept = rest.replace(/^ (--with-token|--api-key)/, (text) => (whole.includes(text) ? '' : text));
  return `${fix.slice(0, at)}${whole}${kept}`;
}
