import type { CheckOptions } from '../../../src/platform/check/subject.ts';

/** File names with their texts, in the order of -f. */
export type Files = Readonly<Record<string, string>>;

/** A mistake that one rule finds, and the same files without it. */
export interface Example {
  readonly title: string;
  readonly bad: Files;
  readonly good: Files;
  /** Where the mistake is found: `api.yaml:3`. */
  readonly at: string;
  /** What the finding says, a part of it. */
  readonly says: string;
  /** What the advice says, a part of it. */
  readonly advice?: string;
  readonly options?: CheckOptions;
  /** Other rules that find something, too, in the bad files. */
  readonly also?: readonly string[];
}

export type Examples = Readonly<Record<string, readonly Example[]>>;

/** A small chart, so that examples lose no variables: a list of their own would replace a list of the chart. */
export const CHART = {
  extraEnv: [{ name: 'IDP_PROVIDER', value: 'keycloak' }],
  customEnv: [],
} as const;

/** Values of the API with these lines as `customEnv`. The first line is line 2. */
export function env(...lines: readonly string[]): Files {
  return { 'api.yaml': `${['customEnv:', ...lines.map((line) => `  ${line}`)].join('\n')}\n` };
}

/** An entry on two lines. */
export function variable(name: string, value: string): readonly string[] {
  return [`- name: ${name}`, `  value: ${value}`];
}

export function fromSecret(name: string, secret = 'codemie-migration-secret', key = 'client_secret') {
  return [`- name: ${name}`, '  valueFrom:', `    secretKeyRef: {name: ${secret}, key: ${key}}`];
}

/** All that the one-time import needs. Its first line is the switch. */
export const IMPORT: readonly string[] = [
  ...variable('KEYCLOAK_MIGRATION_ENABLED', "'true'"),
  ...variable('ENABLE_USER_MANAGEMENT', "'true'"),
  ...variable('KEYCLOAK_ADMIN_URL', 'https://sso.harbour.io'),
  ...variable('KEYCLOAK_ADMIN_REALM', 'harbour'),
  ...variable('KEYCLOAK_ADMIN_CLIENT_ID', 'codemie-migration-client'),
  ...fromSecret('KEYCLOAK_ADMIN_CLIENT_SECRET'),
];

/** The switch of the import says so itself. */
export const IMPORTING = ['migration-on'] as const;
