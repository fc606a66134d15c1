import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { EffectiveSettings } from './selection.ts';

/** What a printed command has to name so that it is about this profile and no other. */
export type ProfilePlace = Pick<EffectiveSettings, 'profileName' | 'isDefault'>;
export type SignInPlace = ProfilePlace &
  Pick<EffectiveSettings, 'isOwnAddress' | 'origin' | 'apiBase' | 'keyProvider' | 'authMethod'>;

/** @returns ` --name value`, fit to be pasted into a shell; nothing for a value that was not given. */
export function option(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : ` --${name} ${shellWord(value)}`;
}

/** @returns a value as one word of a shell. */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** @returns ` --profile NAME`; nothing for the profile that commands use without being told. */
export function profileOption({ profileName, isDefault }: ProfilePlace): string {
  return isDefault ? '' : option('profile', profileName);
}

/**
 * The command that signs in again for these settings. The profile is left out where the address is not its own: the
 * sign-in would move it to that address.
 */
export function signInAgain(place: SignInPlace): string {
  const { keyProvider, origin, apiBase, isOwnAddress, authMethod } = place;
  const start = `${SIGN_IN}${isOwnAddress ? profileOption(place) : ''}`;
  if (keyProvider !== undefined) {
    const address = apiBase === keyProvider.baseUrl ? undefined : apiBase;
    return `${start} --api-key${option('provider', keyProvider.name)}${option('url', address)}`;
  }
  const url = origin ?? 'https://your-codemie-instance.com';
  return `${start}${option('url', url)}${authMethod === 'jwt' ? ' --with-token' : ''}`;
}

/**
 * Runs work that does not know which profile it is for (a store, a renewal, a sign-in): the sign-in command in the fixes of
 * its errors is completed with what it has to name.
 */
export async function forProfile<T>(place: SignInPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CodemieError ? aboutProfile(error, place) : error;
  }
}

function aboutProfile(error: CodemieError, place: SignInPlace): CodemieError {
  const texts = [error.hint ?? '', ...error.remedies];
  if (!texts.some((text) => text.includes(SIGN_IN))) return error;
  return error.with({
    hint: error.hint && named(error.hint, place),
    remedies: error.remedies.map((remedy) => named(remedy, place)),
  });
}

/** @returns a fix whose sign-in command names the profile; one that names it already stays as it is. */
export function named(fix: string, place: SignInPlace): string {
  const at = fix.indexOf(SIGN_IN);
  const rest = fix.slice(at + SIGN_IN.length);
  if (at === -1 || /--profile\b/.test(rest)) return fix;
  if (/--(url|provider)\b/.test(rest)) return `${fix.slice(0, at)}${SIGN_IN}${profileOption(place)}${rest}`;
  const whole = signInAgain(place);
  // A fix may ask for the way in that the command names by itself.
  const kept = rest.replace(/^ (--with-token|--api-key)/, (text) => (whole.includes(text) ? '' : text));
  return `${fix.slice(0, at)}${whole}${kept}`;
}
