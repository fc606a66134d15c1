import { describe, expect, it } from 'vitest';
import { checkPlatform } from '../../../src/platform/check/check.ts';
import type { CheckOptions } from '../../../src/platform/check/subject.ts';
import { chartLists, NEWEST_CHART } from '../../../src/platform/helm/charts.ts';
import type { Files } from './examples.ts';

/** With the lists of the real chart. @returns `rule file:line`, in the order of the report. */
function told(files: Files, options: CheckOptions = {}): readonly string[] {
  return findings(files, options).map(({ rule, file, line }) => `${rule} ${file}:${line}`);
}

function findings(files: Files, options: CheckOptions = {}) {
  return checkPlatform(
    Object.entries(files).map(([name, text]) => ({ name, text })),
    options,
    0,
  ).findings;
}

describe('a secret that ends with a newline (P1)', () => {
  const manifest = (data: string): Files => ({
    'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata:\n  name: codemie-migration-secret\ndata:\n  client_secret: ${data}\n`,
  });

  it('a Secret manifest given to check: an error with rule, key and line, and never the value', () => {
    const [finding, ...more] = findings(manifest('czNjcmV0Cg=='));
    expect(finding).toMatchObject({
      rule: 'secret-line-end',
      severity: 'error',
      file: 'secret.yaml',
      line: 6,
    });
    expect(finding?.message).toContain('client_secret');
    expect(more).toEqual([]);
    expect(JSON.stringify(finding)).not.toMatch(/s3cret|czNj/);
  });

  it('the same secret without it is fine', () => expect(told(manifest('czNjcmV0'))).toEqual([]));
});

describe('taking a duplicate away deletes the variable from the running Deployment (P2)', () => {
  const both: Files = {
    'api.yaml': `extraEnv:
  - name: IDP_PROVIDER
    value: keycloak
  - name: ENABLE_USER_MANAGEMENT
    value: "true"
customEnv:
  - name: ENABLE_USER_MANAGEMENT
    value: "true"
`,
  };
  const duplicates = (options: CheckOptions) =>
    findings(both, options).filter(({ message }) => message.includes('ENABLE_USER_MANAGEMENT also'));

  it('on the way across 2.27: an error with the words "may vanish", and how to repair it', () => {
    const [finding] = duplicates({ chartVersion: '2.26.0', to: '2.42.0' });
    expect(finding).toMatchObject({ rule: 'name-vanishes', severity: 'error', line: 7 });
    expect(finding?.message).toContain('line 4');
    expect(finding?.message).toContain('may vanish');
    expect(finding?.advice).toContain('kubectl set env');
  });

  it('with 2.42 only: a warning with both lines and the value that wins', () => {
    const [finding] = duplicates({ chartVersion: '2.42.0' });
    expect(finding).toMatchObject({ rule: 'name-overridden', severity: 'warning', line: 7 });
    expect(finding?.message).toBe(
      'ENABLE_USER_MANAGEMENT also stands in line 4. The one here counts (line 7, true).',
    );
    expect(finding?.advice).toBe('Remove one of the two.');
  });

  it('where nobody knows what is deployed, the fix says to look at the live Deployment', () => {
    const [finding] = duplicates({ to: '2.42.0' });
    expect(finding).toMatchObject({ rule: 'name-overridden', severity: 'warning' });
    expect(finding?.advice).toContain('see whether the Deployment still has it');
  });

  it('one name in several containers is no duplicate', () => {
    const names = '    - {name: HOME, value: /work}\n    - {name: CACHE, value: /work}\n';
    expect(
      told({
        'argo.yaml': `repoServer:\n  env:\n${names}  initContainers:\n    - name: plugins\n      env:\n${names.replaceAll('    -', '        -')}  extraContainers:\n    - name: helmfile\n      env:\n${names.replaceAll('    -', '        -')}`,
      }),
    ).toEqual([]);
  });
});

describe('the second values file replaces the list of the first; booleans without quotes (P3)', () => {
  const first = `extraEnv:
  - name: ENABLE_USER_MANAGEMENT
    value: True
  - name: TRIGGER_ENGINE_ENABLED
    value: False
  - name: IDP_PROVIDER
    value: keycloak
`;
  const secrets = `extraEnv:
  - name: KEYCLOAK_MIGRATION_ENABLED
    value: "true"
  - name: KEYCLOAK_ADMIN_URL
    value: "https://sso.harbour.io"
  - name: KEYCLOAK_ADMIN_CLIENT_SECRET
    value: "***"
`;

  it('in this order, the first list is lost, and the migration runs without user management', () => {
    const files = { 'a.yaml': first, 'b-secrets.yaml': secrets };
    expect(told(files)).toEqual([
      'idp-provider-lost b-secrets.yaml:1',
      'list-replaced b-secrets.yaml:1',
      'migration-without-mode b-secrets.yaml:2',
      'migration-incomplete b-secrets.yaml:2',
      'migration-on b-secrets.yaml:2',
      'secret-in-file b-secrets.yaml:7',
    ]);
    const lost = findings(files).find(({ rule }) => rule === 'list-replaced');
    expect(lost?.message).toContain('extraEnv in a.yaml');
    expect(lost?.message).toContain(
      'ENABLE_USER_MANAGEMENT (line 2), TRIGGER_ENGINE_ENABLED (line 4), IDP_PROVIDER (line 6)',
    );
  });

  it('in the other order, the migration is lost, and two values are booleans', () =>
    expect(told({ 'b-secrets.yaml': secrets, 'a.yaml': first })).toEqual([
      'secret-in-file b-secrets.yaml:7',
      'defaults-dropped a.yaml:1',
      'list-replaced a.yaml:1',
      'value-not-text a.yaml:3',
      'value-not-text a.yaml:5',
    ]));

  it('names every variable of the chart that a list drops, IDP_PROVIDER among them', () => {
    const [finding] = findings({ 'b-secrets.yaml': secrets });
    expect(finding).toMatchObject({ rule: 'idp-provider-lost', severity: 'error' });
    const { extraEnv } = chartLists(NEWEST_CHART);
    expect(extraEnv.length).toBeGreaterThan(30);
    for (const { name } of extraEnv) expect(finding?.message).toContain(name);
  });

  it.each(['yes', 'on', '3', 'True', 'off', 'n', '0o17', '1_000'])(
    '%s without quotes is an error',
    (word) => {
      const lines = (value: string) =>
        told({ 'api.yaml': `customEnv:\n  - {name: OURS, value: ${value}}\n` });
      expect(lines(word)).toContain('value-not-text api.yaml:2');
      expect(lines(`"${word}"`)).not.toContain('value-not-text api.yaml:2');
    },
  );
});

it('the two-line list of the documentation is an error, and says why', () => {
  const text = `extraEnv:\n- name: ENABLE_USER_MANAGEMENT\n  value: 'true'\n- name: USER_PROJECT_LIMIT\n  value: '3'\n`;
  expect(told({ 'values.yaml': text })).toEqual(['idp-provider-lost values.yaml:1']);
  expect(told({ 'values.yaml': text.replace(/- name: USER_PROJECT_LIMIT\n.*\n/, '') })).toEqual([
    'idp-provider-lost values.yaml:1',
  ]);
});
