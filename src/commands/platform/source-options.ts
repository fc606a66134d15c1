import type { OptionSpec } from '../spec.ts';

/** Where users come from, and which of them are meant. */
export const SOURCE_OPTIONS = [
  {
    name: 'from-keycloak',
    value: 'url',
    summary: 'read users from this Keycloak server (KEYCLOAK_ADMIN_URL)',
  },
  { name: 'realm', value: 'name', summary: 'realm to read (KEYCLOAK_ADMIN_REALM)' },
  {
    name: 'from-file',
    value: 'file',
    summary: "read users from Keycloak's own export: a file, or a folder",
  },
  { name: 'include-disabled', summary: 'import disabled users, as inactive' },
  { name: 'include-service-accounts', summary: 'import accounts of clients' },
  {
    name: 'admin-role',
    value: 'name',
    summary: 'realm role whose holders are admins (ADMIN_ROLE_NAME)',
    default: 'admin',
  },
  { name: 'allow-no-admin', summary: 'go on although nobody would be an admin' },
  { name: 'allow-empty', summary: 'go on although nobody would have a project' },
] as const satisfies readonly OptionSpec[];
