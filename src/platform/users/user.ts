/** A person as the platform keeps them, read from Keycloak or from an export. Every text fits its column. */
export interface SourceUser {
  /** Keycloak's id: a UUID, and the `sub` of the person's tokens. */
  readonly id: string;
  readonly username: string;
  /** The user name where Keycloak has no e-mail address. */
  readonly email: string;
  readonly name: string;
  readonly userType: 'regular' | 'external';
  readonly picture: string | null;
  /** False only for accounts that are disabled in Keycloak and imported all the same. */
  readonly isActive: boolean;
  readonly isAdmin: boolean;
  /** Where the admin role comes from: `role admin`, `group /platform/ops`. Only for admins. */
  readonly adminVia?: string;
  /** In the order of the attributes. No two names differ by case alone. */
  readonly memberships: readonly Membership[];
  readonly repairs: readonly Repair[];
}

export interface Membership {
  readonly project: string;
  readonly isProjectAdmin: boolean;
}

/** Something that the import writes otherwise than the source has it. */
export interface Repair {
  readonly reason: RepairReason;
  readonly detail: string;
}

export type RepairReason =
  | 'no-email'
  | 'name-cut'
  | 'picture-left-out'
  | 'duplicate-project'
  | 'admin-only-project'
  | 'personal-project'
  | 'project-left-out';

/** An account that is not imported. */
export interface SkippedUser {
  readonly id: string;
  readonly username: string;
  readonly reason: SkipReason;
  readonly detail: string;
}

export type SkipReason =
  | 'service-account'
  | 'disabled'
  | 'not-a-uuid'
  | 'bad-user-type'
  | 'too-long'
  | 'bad-characters'
  | 'no-username';

export type SourceRow =
  | { readonly kind: 'user'; readonly user: SourceUser }
  | { readonly kind: 'skip'; readonly skipped: SkippedUser };
