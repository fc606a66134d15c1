import { describe, expect, it } from 'vitest';
import { checkPlatform } from '../../../src/platform/check/check.ts';
import { CHART } from './examples.ts';

const NOW = Date.UTC(2026, 10, 27);

/** Values with one finding, `project-limit` in line 4 of five, and a comment in one of the places. */
function checked(above: string, behind = '') {
  const text = `customEnv:\n${above}  - name: USER_PROJECT_LIMIT\n    value: "-1"${behind}\n`;
  const { findings, suppressed } = checkPlatform([{ name: 'a.yaml', text }], { chart: CHART }, NOW);
  return {
    rules: findings.map(({ rule, line }) => `${rule} ${line}`),
    messages: findings.map(({ message }) => message),
    suppressed,
  };
}

describe('a comment suppresses a finding', () => {
  it.each([
    ['above the entry', '  # codemie: ignore project-limit because nobody signs in yet\n', ''],
    [
      'above the entry, with another comment between',
      '  # codemie: ignore project-limit because of x\n  # more\n\n',
      '',
    ],
    ['behind the value', '', ' # codemie: ignore project-limit because nobody signs in yet'],
    ['until the end of this month', '  # codemie: ignore project-limit until 2026-11 because of x\n', ''],
    ['until the end of this day', '  # codemie: ignore project-limit until 2026-11-27 because of x\n', ''],
    ['with the line ends of Windows', '  # codemie: ignore project-limit because of x\r\n', ''],
  ])('%s', (_, above, behind) => expect(checked(above, behind)).toMatchObject({ rules: [], suppressed: 1 }));

  it('within a text of an Argo CD document', () => {
    const text = `apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source:
    chart: codemie
    helm:
      values: |
        customEnv:
          # codemie: ignore project-limit because of x
          - name: USER_PROJECT_LIMIT
            value: "-1"
`;
    expect(checkPlatform([{ name: 'a.yaml', text }], { chart: CHART }, NOW)).toMatchObject({
      findings: [],
      suppressed: 1,
    });
  });
});

it('a comment above a key suppresses what the key says', () => {
  const text = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: codemie-api}
spec:
  # codemie: ignore unseen because the rendered manifests are checked, too
  valuesFrom:
    - {kind: ConfigMap, name: ours}
`;
  expect(checkPlatform([{ name: 'a.yaml', text }], { chart: CHART }, NOW)).toMatchObject({
    findings: [],
    suppressed: 1,
  });
});

describe('a comment does not suppress', () => {
  it.each([
    ['without a reason', 'ignore project-limit', 'gives no reason'],
    ['with a date alone', 'ignore project-limit until 2027-01', 'gives no reason'],
    ['without a rule', 'ignore', 'names no rule'],
    [
      'with a rule that does not exist',
      'ignore project-limits because of x',
      'There is no rule project-limits',
    ],
    ['past its month', 'ignore project-limit until 2026-10 because of x', 'until 2026-10, which is past'],
    ['past its day', 'ignore project-limit until 2026-11-26 because of x', 'which is past'],
    ['with something else than a date', 'ignore project-limit until later because of x', 'not a date'],
    ['with a month that does not exist', 'ignore project-limit until 2027-13 because of x', 'not a date'],
  ])('%s, and is a finding itself', (_, comment, says) => {
    const { rules, messages, suppressed } = checked(`  # codemie: ${comment}\n`);
    expect(rules).toEqual(['suppression 2', 'project-limit 4']);
    expect(messages[0]).toContain(says);
    expect(suppressed).toBe(0);
  });

  it('another rule, or a finding elsewhere in the file', () => {
    expect(checked('  # codemie: ignore name-typo because of x\n').rules).toEqual(['project-limit 4']);
    const elsewhere = '  # codemie: ignore project-limit because of x\n  - {name: ENV, value: prod}\n';
    expect(checked(elsewhere).rules).toEqual(['project-limit 5']);
  });

  it('a finding about suppressions', () =>
    expect(checked('  # codemie: ignore suppression because of x\n').rules).toEqual([
      'suppression 2',
      'project-limit 4',
    ]));
});
