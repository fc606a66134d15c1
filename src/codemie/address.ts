import { apiBase } from '../config/address.ts';
import type { Access } from '../credentials/access.ts';

/** @returns where the API begins that a credential is spent at: the platform's, or the key provider's own address. */
export function endpointOf({ origin, selection }: Pick<Access, 'origin' | 'selection'>): string {
  return selection.apiBase ?? apiBase(origin);
}

/** @returns an address below an API's base; a version that both bring along counts once. */
export function joinPath(base: string, path: string): string {
  const version = /\/v\d+(?:beta)?$/.exec(base)?.[0];
  return version !== undefined && path.startsWith(`${version}/`)
    ? `${base}${path.slice(version.length)}`
    : `${base}${path}`;
}
