import { readChartLists } from '../../platform/helm/chart-values.ts';
import { type ChartLists, isVersion } from '../../platform/helm/charts.ts';
import { readTextFile } from '../../platform/helm/read-file.ts';
import { usageError } from '../../system/errors.ts';
import type { OptionValues } from '../spec.ts';

/**
 * @returns the lists in `--chart-values`; undefined without the flag.
 * @throws USAGE, PLATFORM_FILE.
 */
export function chartOf(options: OptionValues, cwd: string): ChartLists | undefined {
  const path = options.text('chart-values');
  if (path === undefined) return undefined;
  const lists = readChartLists(readTextFile(path, cwd));
  if (lists !== undefined) return lists;
  throw usageError(`${path} has neither extraEnv nor customEnv.`, {
    hint: 'Give the values.yaml of the API’s chart with --chart-values.',
  });
}

/**
 * @returns a flag that holds a version.
 * @throws USAGE.
 */
export function versionOf(options: OptionValues, flag = 'chart-version'): string | undefined {
  const version = options.text(flag);
  if (version === undefined || isVersion(version)) return version;
  throw usageError(`${version} is not a version.`, {
    hint: `Give --${flag} as three numbers: 2.42.0.`,
  });
}
