import { compareVersions, isVersion } from '../../helm/charts.ts';
import type { Target } from '../documents.ts';

/**
 * @param version of a chart, as a document has it. A range tells nothing, and neither does 0.1.0, which stands in the
 *   chart until it is published.
 */
export function targetOf(namespace: string | undefined, version: string | undefined): Target {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(version !== undefined && isVersion(version) && compareVersions(version, '1.0.0') >= 0
      ? { version }
      : {}),
  };
}

/**
 * @returns which of the platform's charts has this name; `foreign` if it is another one, undefined if there is none, or
 *   if its content has to tell, as for the charts of other parts of the platform.
 */
export function chartNamed(name: string | undefined): 'api' | 'ui' | 'foreign' | undefined {
  if (name === undefined) return undefined;
  if (/codemie-ui$/i.test(name)) return 'ui';
  if (/codemie(-api)?$/i.test(name)) return 'api';
  return /codemie/i.test(name) ? undefined : 'foreign';
}
