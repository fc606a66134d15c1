import { DEFAULT_ROLE } from './role-names.ts';
import type { RealmObject, Snapshot } from './snapshot.ts';
import type { TypeName } from './types.ts';

/** The client with the roles of administrators. */
export const MANAGEMENT = 'realm-management';

/** Clients that come with every realm. */
export const CLIENTS: readonly string[] = [
  'account',
  'account-console',
  'admin-cli',
  'broker',
  MANAGEMENT,
  'security-admin-console',
];
const ROLES = [DEFAULT_ROLE, 'offline_access', 'uma_authorization'];

/** Scopes that Keycloak attaches to clients by itself. */
export const SERVER_SCOPES = ['basic', 'acr', 'service_account', 'AuthnContextClassRef'];

/** Client scopes that come with every realm. */
export const SCOPES: readonly string[] = [
  ...SERVER_SCOPES,
  'address',
  'email',
  'microprofile-jwt',
  'offline_access',
  'organization',
  'phone',
  'profile',
  'role_list',
  'roles',
  'saml_organization',
  'web-origins',
];

/** @returns whether Keycloak creates this scope or role with a realm. Which roles its clients have depends on the version. */
export function isInNewRealm(type: TypeName, id: string): boolean {
  if (type === 'client-scope') return SCOPES.includes(id);
  if (type === 'role') return ROLES.includes(id);
  return type === 'client-role' && CLIENTS.some((client) => id.startsWith(`${client}/`));
}

/** Required actions that servers since 21 have in upper case. */
export const RENAMED_ACTIONS: Readonly<Record<string, string>> = {
  terms_and_conditions: 'TERMS_AND_CONDITIONS',
};

/** Comes with a client's authorization services, as its role and for its account. */
export const UMA_ROLE = 'uma_protection';

/** @returns whether an object comes with every realm; Keycloak refuses to delete it, or breaks without it. */
export function isBuiltIn({ type, id, parent, fields }: RealmObject, realm: Snapshot): boolean {
  if (type === 'realm' || type === 'user-profile') return true;
  if (type === 'role') return ROLES.includes(id);
  if (type === 'client') return CLIENTS.includes(id) || id.endsWith('-realm');
  if (type === 'client-role') return parent !== undefined && CLIENTS.includes(parent);
  if (type === 'flow') return fields['builtIn'] === true;
  if (type === 'execution')
    return parent !== undefined && realm.get('flow', parent)?.fields['builtIn'] === true;
  return false;
}
