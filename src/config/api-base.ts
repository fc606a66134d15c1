import { canonicalOrigin, isAddressOf, type Origin } from '../net/origin.ts';

const API_PATH = '/code-assistant-api';

/** @returns the base of the platform's API: `{origin}/code-assistant-api`. */
export function apiBase(origin: Origin): string {
  return `${origin}${API_PATH}`;
}

/**
 * @param kept where the platform said its API begins, as a profile keeps it. It counts at its own origin and at no other:
 *   a credential never follows it elsewhere (S39).
 * @returns the base of the platform's API, without a slash at the end.
 */
export function keptApiBase(origin: Origin, kept: string | undefined): string {
  return kept !== undefined && isAddressOf(kept, origin) ? withoutSlash(kept) : apiBase(origin);
}

/** @returns what is to be kept of where a platform's API begins: nothing when that is the usual place. */
export function unusualApiBase(origin: Origin, base: string | undefined): string | undefined {
  return base === apiBase(origin) ? undefined : base;
}

/** @returns an address as its origin and path, without a slash at the end. */
export function withoutSlash(address: string): string {
  const url = new URL(address.includes('://') ? address : `https://${address}`);
  return `${canonicalOrigin(address)}${url.pathname.replace(/\/+$/, '')}`;
}
