/** How the platform is set up: who checks credentials, and whether it manages its users itself. */
export interface Mode {
  readonly idp: 'keycloak' | 'local';
  readonly userManagement: boolean;
}

/** The platform's settings for users, from the variables with these names. */
export interface PlatformSettings {
  /** USER_PROJECT_LIMIT: copied into the row of each new user who is not an administrator. */
  readonly projectLimit: number;
  /** ADMIN_ROLE_NAME: the realm role of administrators. */
  readonly adminRole: string;
  /** ADMIN_USER_ID: one more administrator; empty for none. */
  readonly adminUserId: string;
}
