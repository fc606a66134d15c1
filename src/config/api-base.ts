import { canonicalOrigin, isAddressOf, type Origin } from '../net/origin.ts';
import { withoutEnd } from '../system/trim-end.ts';

const API_PATH = '/code-assistant-api';

/** @returns the base of the platform's API: `{origin}/code-assistant-api`. */
export function apiBase(origin: Origin): string {
  return `${origin}${API_PATH}`;
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
  const url = new URL(address.includes('://') ? address : `https://${address}`);
  return `${canonicalOrigin(address)}${withoutEnd(url.pathname, '/')}`;
}
