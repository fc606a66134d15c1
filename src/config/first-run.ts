import { canonicalOrigin } from '../net/origin.ts';
import { CodemieError } from '../system/errors.ts';
import { readConfig } from './file.ts';
import { originOfProfile } from './selection.ts';
import { option } from './sign-in-again.ts';

/**
 * Runs work at a URL that may not be saved yet. The commands in the hints of its errors then name the URL, because
 * nothing else does.
 *
 * @param url as given; undefined if there is none.
 */
export async function atAddress<T>(
  home: string,
  url: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodemieError) || isSaved(home, url)) throw error;
    const withUrl = (text: string | undefined): string | undefined =>
      text?.replace(/codemie (doctor|profile status)\b(?! --)/, () => `codemie doctor${option('url', url)}`);
    throw error.with({ fix: withUrl(error.fix), hint: withUrl(error.hint) });
  }
}

function isSaved(home: string, url: string | undefined): boolean {
  if (url === undefined) return true;
  try {
    const origin = canonicalOrigin(url);
    return Object.values(readConfig(home).profiles).some((profile) => originOfProfile(profile) === origin);
  } catch {
    return true;
  }
}
