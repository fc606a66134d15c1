import { type SandboxUser, USERS } from '../people-and-models.ts';
import { type Answer, paged, pageIn, problem } from './answers.ts';
import type { Mode } from './authentication.ts';

/** A fixed timestamp, because the sandbox keeps no history. */
export const CREATED_AT = '2026-01-01T08:00:00.000000';

interface ProjectOfUser {
  readonly name: string;
  readonly display_name: null;
  readonly is_project_admin: boolean;
}

/** The projects of a user. Without user management, the list omits projects that they only administer. */
export function projectsOf(user: SandboxUser, mode: Mode): readonly ProjectOfUser[] {
  const member = (name: string): boolean => mode.userManagement || !user.adminOf.includes(name);
  const shared = user.projects
    .filter(member)
    .map((name) => ({ name, display_name: null, is_project_admin: user.adminOf.includes(name) }));
  const personal = { name: user.email, display_name: null, is_project_admin: false };
  return user.email === '' ? shared : [...shared, personal];
}

/** The body of `GET /v1/user`. */
export function userBody(user: SandboxUser, mode: Mode): Record<string, unknown> {
  const projects = projectsOf(user, mode);
  return {
    user_id: user.id,
    name: user.name,
    username: user.username,
    email: user.email,
    projects,
    project_limit: limitOf(user, mode),
    picture: '',
    knowledge_bases: [],
    user_type: 'regular',
    applications: projects.map(({ name }) => name),
    applications_admin: user.adminOf,
    is_admin: user.admin === true,
    is_maintainer: mode.userManagement && user.admin === true,
  };
}

/** A user as the account pages show them; also the answer to a local sign-in. */
export function userDetail(user: SandboxUser, mode: Mode): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    name: user.name,
    picture: null,
    ...account(user, mode),
    email_verified: true,
    last_login_at: CREATED_AT,
    projects: projectsOf(user, mode),
    project_limit: limitOf(user, mode),
    knowledge_bases: [],
    date: CREATED_AT,
    update_date: CREATED_AT,
    deleted_at: null,
  };
}

/**
 * `GET /v1/admin/users`: every user may list the others, and sees the projects of those whose project they
 * administer.
 */
export function listUsers(user: SandboxUser, query: URLSearchParams, mode: Mode): Answer {
  const page = pageIn(query);
  if ('status' in page) return page;
  const people = USERS.map((other) => ({
    id: other.id,
    username: other.username,
    email: other.email,
    name: other.name,
    ...account(other, mode),
    last_login_at: CREATED_AT,
    projects: maySee(user, other) ? projectsOf(other, mode) : [],
    budget_assignments: [],
    date: CREATED_AT,
  }));
  return paged(people, page);
}

/** `GET /v1/admin/users/{id}`: for administrators of the platform, or of one of the user's projects. */
export function oneUser(user: SandboxUser, id: string, mode: Mode): Answer {
  const other = USERS.find((entry) => entry.id === id);
  const administers = user.admin === true || user.adminOf.length > 0;
  if (other === undefined && administers) return problem(404, 'User not found');
  if (other === undefined || !administers || !maySee(user, other)) return NO_USER_ADMIN;
  return { status: 200, body: userDetail(other, mode) };
}

function maySee(user: SandboxUser, other: SandboxUser): boolean {
  if (user.admin === true || user === other) return true;
  return other.projects.some((name) => user.adminOf.includes(name));
}

function account(user: SandboxUser, mode: Mode): Record<string, unknown> {
  return {
    user_type: 'regular',
    is_active: user.deactivated !== true,
    is_admin: user.admin === true,
    is_maintainer: user.admin === true,
    auth_source: mode.idp,
  };
}

function limitOf(user: SandboxUser, mode: Mode): number | null {
  return mode.userManagement && user.admin !== true ? 3 : null;
}

const NO_USER_ADMIN = problem(
  403,
  'Access denied',
  'This action requires administrator or project administrator privileges.',
  'If you believe you should have access, please contact your system administrator.',
);
