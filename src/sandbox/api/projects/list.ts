import type { CountedProject } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import { type Answer, ok } from '../answers.ts';
import { requireAdmin } from '../guards.ts';
import { boolean, integer, oneOf, optional, queryIn, text, withDefault } from '../input.ts';
import { refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { requireUserManagement } from './authorized.ts';

/** `GET /v1/projects`: one page of the projects that the person sees; an administrator sees all. */
export async function listProjects(call: Call, { managed, mode }: ApiOptions): Promise<Answer> {
  const query = queryIn(call, {
    search: optional(text()),
    page: withDefault(integer({ least: 0 }), 0),
    per_page: withDefault(integer({ least: 10, most: 100 }), 20),
    include_counters: withDefault(boolean, true),
    has_assigned_budgets: withDefault(boolean, false),
    budget_category: optional(oneOf('platform', 'cli', 'premium_models')),
    sort_by: optional(oneOf('name', 'created_at')),
    sort_order: withDefault(oneOf('asc', 'desc'), 'asc'),
  });
  requireUserManagement(mode);
  if (query.has_assigned_budgets || query.budget_category)
    refuse(400, 'Project budget filtering requires budget enforcement provider configuration');
  const { account } = call;
  const { page, per_page } = query;
  const { rows, total } = await managed.listProjects({
    visibleTo: account.isAdmin ? undefined : account.id,
    search: query.search || undefined,
    sortBy: query.sort_by ?? undefined,
    descending: query.sort_order === 'desc',
    offset: page * per_page,
    limit: per_page,
  });
  const data = rows.map((project) => ({
    ...summary(project),
    counters: query.include_counters ? COUNTERS : null,
    spending: null,
    budgets: null,
  }));
  return ok({ data, pagination: { total, page, per_page } });
}

/** `GET /v1/projects/{project}`, with every member. */
export async function showProject(call: Call, { managed, mode }: ApiOptions): Promise<Answer> {
  requireUserManagement(mode);
  const { account, parameters } = call;
  const name = parameters['project'] ?? '';
  const project = await managed.project(name);
  const members = await managed.membersOf(name);
  const isVisible =
    account.isAdmin ||
    (project?.type === 'personal'
      ? project.createdBy === account.id
      : members.some(({ userId }) => userId === account.id));
  if (project === undefined || project.deletedAt !== null || !isVisible) refuse(404, 'Project not found');
  const admins = members.filter(({ isProjectAdmin }) => isProjectAdmin).length;
  return ok({
    ...summary({ ...project, users: members.length, admins }),
    enforce_member_spend_limits: false,
    members: members.map(({ userId, isProjectAdmin, date }) => ({
      user_id: userId,
      is_project_admin: isProjectAdmin,
      date,
    })),
    spending: null,
    spending_widget: null,
  });
}

/** `GET /v1/admin/applications`: the projects of the whole platform, deleted ones too. */
export async function listApplications(call: Call, { managed }: ApiOptions): Promise<Answer> {
  requireAdmin(call.account);
  const { search, limit } = queryIn(call, {
    search: optional(text()),
    limit: withDefault(integer(), 10_000),
  });
  const projects = await managed.searchProjects(search || undefined, limit);
  return ok({ applications: projects.map(({ name, displayName }) => ({ name, displayName })) });
}

/** The sandbox has nothing in its projects. */
const COUNTERS = {
  assistants_count: 0,
  workflows_count: 0,
  integrations_count: 0,
  datasources_count: 0,
  skills_count: 0,
};

function summary(project: CountedProject): Record<string, unknown> {
  return {
    name: project.name,
    display_name: project.displayName,
    description: project.description,
    project_type: project.type,
    created_by: project.createdBy,
    user_count: project.users,
    admin_count: project.admins,
    created_at: project.date,
    cost_center_id: null,
    cost_center_name: null,
  };
}
