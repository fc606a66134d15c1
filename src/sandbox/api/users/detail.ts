import type { ManagedStore, ManagedUser, MembershipOfUser } from '../../managed/store.ts';
import { type Account, administersAny } from '../account.ts';
import { refuse } from '../refusal.ts';

export const USER_NOT_FOUND = 'User not found';

/** A user as the account pages show them; also the answer to a local sign-in. */
export async function userDetail(
  user: ManagedUser,
  memberships: readonly MembershipOfUser[],
  store: ManagedStore,
): Promise<Record<string, unknown>> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    name: user.name,
    picture: user.picture,
    ...standing(user),
    email_verified: user.emailVerified,
    last_login_at: user.lastLoginAt,
    projects: memberships.map(projectOfUser),
    project_limit: user.projectLimit,
    knowledge_bases: (await store.knowledgeBasesOf(user.id)).map(({ name }) => name),
    date: user.date,
    update_date: user.updateDate,
    deleted_at: user.deletedAt,
  };
}

/** The fields that a list of users and the page of one have in common. */
export function standing(user: ManagedUser): Record<string, unknown> {
  return {
    user_type: user.userType,
    is_active: user.isActive,
    is_admin: user.isAdmin,
    is_maintainer: user.isMaintainer,
    auth_source: user.authSource,
  };
}

export function projectOfUser({ project, isProjectAdmin }: MembershipOfUser): Record<string, unknown> {
  return { name: project, display_name: null, is_project_admin: isProjectAdmin };
}

/** A user for an administrator: all their projects that exist. */
export async function detailForAdmin(id: string, store: ManagedStore): Promise<Record<string, unknown>> {
  const user = await existing(id, store);
  const memberships = await store.membershipsOf([id]);
  return userDetail(
    user,
    memberships.filter(({ type }) => type !== null),
    store,
  );
}

/**
 * The page of one user: for administrators of the platform, or of one of the user's projects, who sees the projects
 * that both are in.
 */
export async function detailFor(
  account: Account,
  id: string,
  store: ManagedStore,
): Promise<Record<string, unknown>> {
  if (account.isAdmin) return detailForAdmin(id, store);
  if (!administersAny(account)) {
    refuse(
      403,
      'Access denied',
      'This action requires administrator or project administrator privileges.',
      'If you believe you should have access, please contact your system administrator.',
    );
  }
  const user = await existing(id, store);
  const memberships = await store.membershipsOf([id]);
  if (!memberships.some(({ project }) => account.adminProjects.includes(project))) {
    refuse(
      403,
      'User not found in your projects',
      'You can only view details for users who are members of projects you administer.',
      "Contact an administrator if you need access to this user's information.",
    );
  }
  return userDetail(
    user,
    memberships.filter(({ project }) => account.projects.includes(project)),
    store,
  );
}

/** @throws Refusal (404) */
export async function existing(id: string, store: ManagedStore): Promise<ManagedUser> {
  return (await store.user(id)) ?? refuse(404, USER_NOT_FOUND);
}
