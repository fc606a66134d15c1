import { canonicalOrigin, isAddressOf, type Origin } from '../net/origin.ts';
import { CodemieError } from '../system/errors.ts';
import { withoutEnd } from '../system/trim-end.ts';

const API_PATH = '/code-assistant-api';

/** @returns the base of the platform's API: `{origin}/code-assistant-api`. */
export function apiBase(origin: Origin): string {
  return `${origin}${API_PATH}`;
}

/**
 * The origin of a platform's URL. A path is refused: on a host that several applications share, the credential would
 * go to the owner of another path. Paths below the API are no other application.
 *
 * @throws URL_PATH (2), and what `canonicalOrigin` throws.
 */
export function platformOrigin(address: string): Origin {
  const origin = canonicalOrigin(address);
  const path = withoutSlash(address).slice(origin.length);
  if (path === '' || path === API_PATH || path.startsWith(`${API_PATH}/`)) return origin;
  throw new CodemieError({
    code: 'URL_PATH',
    message: `Can't use ${origin}${path}: codemie works with platforms at the root of a host only, and this path may belong to another application. Nothing was sent.`,
    hint: `If CodeMie is at the root, use ${origin}.`,
  });
}

/**
 * @param kept the API base that the platform reported, as stored in a profile. It applies only at its own origin: a
 * credential never follows it to another one (S39).
 * @returns the base of the platform's API, without a trailing slash.
 */
export function keptApiBase(origin: Origin, kept: string | undefined): string {
  return kept !== undefined && isAddressOf(kept, origin) ? withoutSlash(kept) : apiBase(origin);
}

/** @returns the API base to store in a profile: undefined if it is the default one. */
export function unusualApiBase(origin: Origin, base: string | undefined): string | undefined {
  return base === apiBase(origin) ? undefined : base;
}

/** @returns a URL as its origin and path, without a trailing slash. */
export function withoutSlash(address: string): string {
  const text = address.trim();
  const url = new URL(text.includes('://') ? text : `https://${text}`);
  return `${canonicalOrigin(address)}${withoutEnd(url.pathname, '/')}`;
}
