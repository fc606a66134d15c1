import { describe, expect, it } from 'vitest';
import { readValues } from '../../../../src/platform/helm/edit/file.ts';
import { isSecretValue, secretLines } from '../../../../src/platform/helm/edit/hidden.ts';
import { chartList, MIGRATION_LINES, OPERATORS_FILE } from '../../../support/values-files.ts';

function masksOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(secretLines(text, readValues(text).root));
}

describe('secrets in a values file', () => {
  it.each([
    ['KEYCLOAK_ADMIN_CLIENT_SECRET', 'abc'],
    ['POSTGRES_PASSWORD', 'hunter2'],
    ['OPENAI_API_KEY', 'sk-1234'],
    ['PG_URL', 'postgresql://me:hunter2@db:5432/codemie'],
    ['AUTH_TOKEN', '/abc'],
  ])('are those of %s: %s', (name, value) => {
    expect(isSecretValue(name, value)).toBe(true);
  });

  it.each([
    ['GOOGLE_APPLICATION_CREDENTIALS', '/secrets/gcp-service-account.json'],
    ['VAULT_TRANSIT_KEY_NAME', 'codemie'],
    ['AWS_ACCESS_KEY_ID', 'AKIA0'],
    ['NATS_PLUGIN_KEY_CHECK_ENABLED', 'true'],
    ['POSTGRES_PASSWORD', '$(OTHER_PASSWORD)'],
    ['POSTGRES_PASSWORD', ''],
    ['JWT_KEYS', '4'],
    ['PG_URL', 'postgresql://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@$(POSTGRES_HOST):5432/db'],
    ['ENV', 'prod'],
  ])('are not those of %s: %s', (name, value) => {
    expect(isSecretValue(name, value)).toBe(false);
  });

  it('are none in the lists of the charts, in an ordinary file, and behind references', () => {
    for (const version of ['2.15.0', '2.21.0', '2.42.0']) expect(masksOf(chartList(version))).toEqual({});
    expect(masksOf(OPERATORS_FILE)).toEqual({});
    expect(masksOf(`extraEnv:\n${MIGRATION_LINES}`)).toEqual({});
  });

  it('are found in lists, in maps and in blocks of several lines, with what stands behind them', () => {
    const text = `extraEnv:
  - name: A_PASSWORD
    value: "hunter2"   # hunter2 again
  - { name: B_TOKEN, value: t0ken }
  - name: TLS_KEY
    value: |
      line-one

      line-two
  - name: REALM
    value: r
postgresql:
  adminPassword: hunter3
  existingSecret: names-a-secret
`;
    expect(masksOf(text)).toEqual({
      '    value: "hunter2"   # hunter2 again': '    value: ***',
      '  - { name: B_TOKEN, value: t0ken }': '  - { name: B_TOKEN, value: ***',
      '    value: |': '    value: ***',
      '      line-one': '      ***',
      '      line-two': '      ***',
      '  adminPassword: hunter3': '  adminPassword: ***',
    });
  });
});
