import { describe, expect, it } from 'vitest';
import { splice } from '../../../../src/change/unified-diff.ts';
import { readValues } from '../../../../src/platform/helm/edit/file.ts';
import { NotEditable } from '../../../../src/platform/helm/edit/text.ts';
import { deadFlags, editUi, type UiWants } from '../../../../src/platform/helm/edit/ui.ts';

const ON: UiWants = { users: true, budgets: true };
const OFF: UiWants = { users: false, budgets: false };

function edited(text: string, wants: UiWants, version?: string): string {
  return splice(text, editUi(readValues(text), wants, version));
}

const CHART = `viteApiUrl: https://codemie.example.com/code-assistant-api
# -- Enable user management feature
viteEnableUserManagement: false
# -- Enable budget management feature
viteEnableBudgetManagement: false   # costs
viteIdpProvider: keycloak
extraConfig: {}
`;

describe('the flags of the UI', () => {
  it('are switched on where they stand', () => {
    expect(edited(CHART, ON)).toBe(
      CHART.replace('UserManagement: false', 'UserManagement: true').replace('false   #', 'true   #'),
    );
    expect(edited(CHART, { users: true, budgets: false })).toBe(
      CHART.replace('UserManagement: false', 'UserManagement: true'),
    );
    expect(edited(edited(CHART, ON), OFF)).toBe(CHART);
  });

  it('are added behind the other settings of the UI, in the file’s line ends', () => {
    expect(edited('viteEnv: prod\r\n\r\ningress:\r\n  a: 1', ON)).toBe(
      'viteEnv: prod\r\nviteEnableUserManagement: true\r\nviteEnableBudgetManagement: true\r\n\r\ningress:\r\n  a: 1',
    );
    expect(edited('ingress:\n  a: 1', { users: true, budgets: false })).toBe(
      'ingress:\n  a: 1\nviteEnableUserManagement: true',
    );
    expect(edited('ingress:\n  a: 1\n', OFF), 'off is the default').toBe('ingress:\n  a: 1\n');
  });

  it.each(['true', '"true"', 'yes', 'on'])('may be %s: the chart prints all of them as true', (value) => {
    const text = `viteEnableUserManagement: ${value}\nviteEnableBudgetManagement: ${value}\n`;
    expect(edited(text, ON)).toBe(text);
  });

  it.each(['"True"', '"yes"', '1', '"1"', '', 'enabled'])(
    'may not be %s: the page reads that as off',
    (value) => {
      const text = `viteEnableUserManagement: ${value}\n`;
      expect(edited(text, { users: true, budgets: false }).trimEnd()).toBe('viteEnableUserManagement: true');
    },
  );

  it('are changed in extraConfig, too, which wins', () => {
    const text =
      'viteEnableUserManagement: true\nviteEnableBudgetManagement: true\nextraConfig:\n  VITE_ENABLE_USER_MANAGEMENT: "false"\n';
    expect(edited(text, ON)).toBe(text.replace('"false"', "'true'"));
    expect(edited(edited(text, ON), OFF)).toBe(
      text.replaceAll(': true', ': false').replace('"false"', "'false'"),
    );
  });

  it('are only those that the version has', () => {
    expect(edited('viteEnv: prod\n', ON, '2.22.1')).toBe('viteEnv: prod\nviteEnableUserManagement: true\n');
    expect(edited('viteEnv: prod\n', ON, '2.41.0')).toBe('viteEnv: prod\n');
    expect(edited(CHART, ON, '2.41.0')).toBe(CHART);
    expect(deadFlags(readValues(CHART), '2.44.1')).toEqual([
      'viteEnableUserManagement',
      'viteEnableBudgetManagement',
    ]);
    expect(deadFlags(readValues(CHART), '2.40.0')).toEqual([]);
    expect(deadFlags(readValues(CHART), undefined)).toEqual([]);
  });

  it('are refused where an edit is not safe', () => {
    for (const [text, reason] of [
      ['{}\n', /curly brackets/],
      ['base: &b\n  viteEnableUserManagement: false\n<<: *b\n', /alias/],
      ['a: &off false\nviteEnableUserManagement: &x false\nb: *x\n', /more than the variables/],
    ] as const)
      expect(() => edited(text, ON)).toThrow(reason);
    expect(() => edited('{}\n', ON)).toThrow(NotEditable);
  });
});
