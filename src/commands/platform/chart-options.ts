import type { OptionSpec } from '../spec.ts';

/** Which chart the files are for. */
export const CHART_OPTIONS = [
  {
    name: 'chart-version',
    value: 'version',
    summary: 'version of the charts that are deployed, such as 2.42.0',
  },
  {
    name: 'chart-values',
    value: 'file',
    summary: 'values.yaml of the API’s chart, to compare with instead of the known ones',
  },
] as const satisfies readonly OptionSpec[];
