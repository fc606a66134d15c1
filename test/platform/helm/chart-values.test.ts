import { describe, expect, it } from 'vitest';
import { readChartLists } from '../../../src/platform/helm/chart-values.ts';
import { chartLists } from '../../../src/platform/helm/charts.ts';
import { chartList } from '../../support/values-files.ts';

describe('the lists in the values.yaml of a chart', () => {
  it('are those that ship with the program, for the same chart', () => {
    const { extraEnv } = chartLists('2.42.0');
    expect(readChartLists(chartList('2.42.0'))).toEqual({ extraEnv, customEnv: [] });
  });

  it('hold values as Helm reads them, and any kind of reference', () => {
    const text = `extraEnv:
  - name: A
    value: on
  - name: B
    value:
  - name: C
    valueFrom:
      fieldRef: { fieldPath: status.podIP }
  - value: without a name
customEnv:
  - name: A
    value: "later"
`;
    expect(readChartLists(text)).toEqual({
      extraEnv: [
        { name: 'A', value: true },
        { name: 'B', value: '' },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      ],
      customEnv: [{ name: 'A', value: 'later' }],
    });
  });

  it.each(['a: 1\n', 'extraEnv: []\n', 'extraEnv: text\n', '{{ a }}\n', ''])('are not in %j', (text) => {
    expect(readChartLists(text)).toBeUndefined();
  });
});
