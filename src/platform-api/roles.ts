/** The highest role of a person. `project-admin`: of at least one project. */
export type Role = 'user' | 'project-admin' | 'admin' | 'maintainer';

/** Where the platform keeps roles and projects, and what the user may do. A member is null if it is not known. */
export interface AccessControl {
  readonly version: string | null;
  /** `keycloak`: from the claims of the identity provider's token, on every request. `platform`: from its database. */
  readonly access: 'keycloak' | 'platform' | null;
  readonly role: Role | null;
}

export const UNKNOWN_ACCESS: AccessControl = { version: null, access: null, role: null };

export const ROLE_LABELS: Readonly<Record<Role, string>> = {
  user: 'user',
  'project-admin': 'project admin',
  admin: 'admin',
  maintainer: 'maintainer',
};

export const ACCESS_LABELS = { platform: 'platform-managed', keycloak: 'Keycloak-managed' } as const;

/** Where roles and projects come from. */
export const ACCESS_MEANINGS = {
  platform: 'roles and projects are assigned in CodeMie',
  keycloak: 'roles and projects come from your sign-in',
} as const;
