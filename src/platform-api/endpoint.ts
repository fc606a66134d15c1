import { apiBase } from '../config/api-base.ts';
import type { EffectiveSettings } from '../config/selection.ts';
import type { Origin } from '../net/origin.ts';

/** The API that a credential is for. */
export interface ApiTarget {
  readonly origin: Origin;
  readonly selection: Pick<EffectiveSettings, 'apiBase'>;
}

/** @returns the API's base URL: the platform's, or the key provider's own address. */
export function endpointOf({ origin, selection }: ApiTarget): string {
  return selection.apiBase ?? apiBase(origin);
}

/** Joins a path to an API's base URL. If both contain the version (`/v1`), it appears once. */
export function joinPath(base: string, path: string): string {
  const version = /\/v\d+(?:beta)?$/.exec(base)?.[0];
  return version !== undefined && path.startsWith(`${version}/`)
    ? `${base}${path.slice(version.length)}`
    : `${base}${path}`;
}
