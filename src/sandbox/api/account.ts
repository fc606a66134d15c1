import type { KnowledgeBase, ManagedUser, Membership } from '../managed/store.ts';
import { modelRolesOf } from '../people-and-models.ts';
import type { Identity } from './identity.ts';

/** The person who sends a request, as the platform sees them. */
export interface Account extends Omit<Identity, 'roles'> {
  /** An administrator of the platform. Maintainers are administrators too. */
  readonly isAdmin: boolean;
  readonly isMaintainer: boolean;
  readonly projectLimit: number | null;
  /** Roles that decide which models the person may use. */
  readonly roles: readonly string[];
}

/** Who counts as an administrator by their identity alone. */
export interface AdminRule {
  /** A realm role. */
  readonly adminRole: string;
  /** ID of a user; empty for none. */
  readonly adminUserId: string;
}

export function isAdminBy({ id, roles }: Identity, { adminRole, adminUserId }: AdminRule): boolean {
  return (adminUserId !== '' && id === adminUserId) || roles.includes(adminRole);
}

/** The account on a platform that reads everything from the token, on every request. */
export function accountFromIdentity(identity: Identity, rule: AdminRule): Account {
  return {
    ...identity,
    isAdmin: isAdminBy(identity, rule),
    isMaintainer: false,
    projectLimit: null,
    roles: modelRolesOf(identity.id),
  };
}

/** The account on a platform that manages its users. */
export function accountFromRows(
  user: ManagedUser,
  memberships: readonly Membership[],
  knowledgeBases: readonly KnowledgeBase[],
): Account {
  return {
    id: user.id,
    username: user.username,
    name: user.name ?? '',
    email: user.email,
    picture: user.picture ?? '',
    userType: user.userType,
    projects: memberships.map(({ project }) => project),
    adminProjects: memberships.filter(({ isProjectAdmin }) => isProjectAdmin).map(({ project }) => project),
    knowledgeBases: knowledgeBases.map(({ name }) => name),
    isAdmin: user.isAdmin || user.isMaintainer,
    isMaintainer: user.isMaintainer,
    projectLimit: user.projectLimit,
    roles: modelRolesOf(user.id),
  };
}

/** @returns whether the person administers the platform or one of its projects. */
export function administersAny({ isAdmin, adminProjects }: Account): boolean {
  return isAdmin || adminProjects.length > 0;
}

/**
 * The body of `GET /v1/user`.
 *
 * @param displayNames by project.
 */
export function userBody(
  account: Account,
  displayNames: ReadonlyMap<string, string | null> = new Map(),
): Record<string, unknown> {
  return {
    user_id: account.id,
    name: account.name || account.username || account.id,
    username: account.username,
    email: account.email,
    projects: account.projects.map((name) => ({
      name,
      display_name: displayNames.get(name) ?? null,
      is_project_admin: account.adminProjects.includes(name),
    })),
    project_limit: account.projectLimit,
    picture: account.picture,
    knowledge_bases: account.knowledgeBases,
    user_type: account.userType,
    applications: account.projects,
    applications_admin: account.adminProjects,
    is_admin: account.isAdmin,
    is_maintainer: account.isMaintainer,
  };
}
