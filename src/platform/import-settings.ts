/** Switches the platform's own import of users on. */
export const IMPORT_SWITCH = 'KEYCLOAK_MIGRATION_ENABLED';

/** Without one of these, the import fails. */
export const IMPORT_NEEDS: readonly string[] = [
  'KEYCLOAK_ADMIN_URL',
  'KEYCLOAK_ADMIN_REALM',
  'KEYCLOAK_ADMIN_CLIENT_ID',
  'KEYCLOAK_ADMIN_CLIENT_SECRET',
];

/** What the platform's own import reads, and nothing else does. */
export const IMPORT_VARIABLES: readonly string[] = [
  IMPORT_SWITCH,
  'KEYCLOAK_MIGRATION_BATCH_SIZE',
  'KEYCLOAK_MIGRATION_LOCK_TIMEOUT_MINUTES',
  'KEYCLOAK_MIGRATION_WAIT_INTERVAL_SECONDS',
  ...IMPORT_NEEDS,
];

/** The client in the platform's documentation. */
export const DEFAULT_CLIENT_ID = 'codemie-migration-client';

/** The Kubernetes Secret in the platform's documentation, with the client's secret. */
export const DEFAULT_SECRET = {
  name: 'codemie-migration-secret',
  key: 'client_secret',
  namespace: 'codemie',
} as const;
