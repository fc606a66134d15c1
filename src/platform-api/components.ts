import type { HttpResponse } from '../net/http.ts';
import { objectIn } from '../system/json.ts';

/**
 * Reads the components that `/v1/config` lists, as id to text value.
 *
 * @returns undefined if there is no such list: older servers have none, and a gateway may protect it.
 */
export function componentsIn(response: HttpResponse | undefined): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  const value: unknown = response?.status === 200 ? objectIn(response.body.toString('utf8')) : undefined;
  if (!Array.isArray(value)) return undefined;
  for (const entry of value) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { id, name, settings, value: direct } = entry as Record<string, unknown>;
    const key = typeof id === 'string' ? id : name;
    if (typeof key !== 'string') continue;
    const inner = typeof settings === 'object' && settings !== null ? settings : {};
    const text =
      direct ?? (inner as Record<string, unknown>)['value'] ?? (inner as Record<string, unknown>)['name'];
    found.set(key, typeof text === 'string' ? text : '');
  }
  return found;
}

/** @returns whether the platform manages roles and projects itself; undefined if it does not report its components. */
export function isManaged(components: ReadonlyMap<string, string> | undefined): boolean | undefined {
  return components?.has('features:userManagement');
}
