import { apiBase } from '../config/api-base.ts';
import type { EffectiveSettings } from '../config/selection.ts';
import type { Origin } from '../net/origin.ts';

/** Where a credential is spent, as an access or a sign-in knows it. */
export interface ApiTarget {
  readonly origin: Origin;
  readonly selection: Pick<EffectiveSettings, 'apiBase'>;
}

/** @returns where the API begins that a credential is spent at: the platform's, or the key provider's own address. */
export function endpointOf({ origin, selection }: ApiTarget): string {
  return selection.apiBase ?? apiBase(origin);
}

/** @returns an address below an API's base; a version that both bring along counts once. */
export function joinPath(base: string, path: string): string {
  const version = /\/v\d+(?:beta)?$/.exec(base)?.[0];
  return version !== undefined && path.startsWith(`${version}/`)
    ? `${base}${path.slice(version.length)}`
    : `${base}${path}`;
}
