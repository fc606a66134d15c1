import type { ManagedStore } from '../managed/store.ts';
import { type SandboxUser, SHARED_PROJECTS, USERS } from '../people-and-models.ts';
import { type Answer, paged, pageIn, problem } from './answers.ts';
import type { Mode } from './authentication.ts';
import { CREATED_AT, projectsOf } from './people.ts';

/** `GET /v1/projects`: one page of the user's projects; an administrator sees all. */
export function listProjects(user: SandboxUser, query: URLSearchParams, mode: Mode): Answer {
  const page = pageIn(query);
  if ('status' in page) return page;
  if (!mode.userManagement) return problem(400, 'User management not enabled');
  const own = projectsOf(user, mode).map(({ name }) => name);
  // The list is newest first, so a personal project comes before the shared ones.
  const all = user.admin === true ? allProjects() : own.reverse();
  return paged(all.map(projectBody), page);
}

/** `GET /v1/admin/applications`: every project of the platform, for platform administrators. */
export async function listApplications(user: SandboxUser, managed: ManagedStore): Promise<Answer> {
  if (user.admin !== true) return NO_ADMIN;
  const projects = await managed.searchProjects(undefined, 10_000);
  const applications = projects.map(({ name, displayName }) => ({ name, displayName }));
  return { status: 200, body: { applications } };
}

const ADMINISTRATOR = USERS.find(({ admin }) => admin === true);

function allProjects(): readonly string[] {
  return [...USERS.map(({ email }) => email).reverse(), ...SHARED_PROJECTS];
}

function projectBody(name: string): Record<string, unknown> {
  const owner = USERS.find(({ email }) => email === name);
  const members = USERS.filter((user) => user.email === name || user.projects.includes(name));
  return {
    name,
    display_name: null,
    description: owner === undefined ? name : `Personal Project for ${name}`,
    project_type: owner === undefined ? 'shared' : 'personal',
    created_by: (owner ?? ADMINISTRATOR)?.id ?? null,
    user_count: members.length,
    admin_count: members.filter((user) => user.adminOf.includes(name)).length,
    created_at: CREATED_AT,
    counters: {
      assistants_count: 0,
      workflows_count: 0,
      integrations_count: 0,
      datasources_count: 0,
      skills_count: 0,
    },
    cost_center_id: null,
    cost_center_name: null,
    spending: null,
    budgets: null,
  };
}

const NO_ADMIN = problem(
  403,
  'Access denied',
  'This action requires administrator or maintainer privileges.',
  'If you believe you should have elevated access, please contact your system administrator or check your account settings.',
);
