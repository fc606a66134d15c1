import type { OptionSpec } from './spec.ts';

/** Flags of every command that talks to the admin API of a realm. */
export const KEYCLOAK_OPTIONS = [
  { name: 'server', value: 'url', summary: 'address of the Keycloak server (KEYCLOAK_URL)' },
  { name: 'realm', value: 'name', summary: 'realm to read or change (KEYCLOAK_REALM)' },
  {
    name: 'admin-realm',
    value: 'name',
    summary: 'realm of the account that signs in to Keycloak',
    default: 'master; for a client, the realm itself first',
  },
] as const satisfies readonly OptionSpec[];
