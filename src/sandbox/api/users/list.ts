import type { ManagedStore, MembershipOfUser } from '../../managed/store.ts';
import type { ApiOptions } from '../../options.ts';
import { type Account, administersAny } from '../account.ts';
import { type Answer, ok, SERVER_ERROR } from '../answers.ts';
import { boolean, fields, integer, list, oneOf, optional, queryIn, text, withDefault } from '../input.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { Call } from '../routing.ts';
import { projectOfUser, standing } from './detail.ts';

const FILTERS = fields({
  projects: optional(list(text())),
  budgets: optional(list(text())),
  user_type: optional(text()),
  is_active: optional(boolean),
  platform_role: optional(oneOf('user', 'platform_admin', 'admin')),
});

/**
 * `GET /v1/admin/users`: everyone may list the users. Administrators, also of one project, see the projects of each;
 * others see those that they share.
 */
export async function listUsers(call: Call, { managed }: ApiOptions): Promise<Answer> {
  const { account } = call;
  const query = queryIn(call, {
    page: withDefault(integer({ least: 0 }), 0),
    per_page: withDefault(integer(), 20),
    search: optional(text()),
    filters: optional(text()),
  });
  const filters = filtersIn(query.filters);
  if (filters.platform_role === 'admin') checkRoleFilter(account, filters.projects ?? []);
  const { page, per_page } = query;
  // The platform lets the database judge a negative size.
  if (per_page < 0) throw new Refusal(SERVER_ERROR);
  // Budgets are not part of the sandbox, so nobody has one.
  if (filters.budgets?.length) return ok({ data: [], pagination: { total: 0, page, per_page } });
  const { rows, total } = await managed.listUsers({
    search: query.search || undefined,
    projects: filters.projects?.length ? filters.projects : undefined,
    userType: filters.user_type || undefined,
    isActive: filters.is_active ?? undefined,
    role: filters.platform_role ?? undefined,
    offset: page * per_page,
    limit: per_page,
  });
  const projects = await visibleProjects(
    rows.map(({ id }) => id),
    account,
    managed,
  );
  const data = rows.map((user) => ({
    id: user.id,
    username: user.username,
    email: user.email,
    name: user.name,
    ...standing(user),
    last_login_at: user.lastLoginAt,
    projects: (projects.get(user.id) ?? []).map(projectOfUser),
    budget_assignments: [],
    date: user.date,
  }));
  return ok({ data, pagination: { total, page, per_page } });
}

type Filters = Partial<Extract<ReturnType<typeof FILTERS.read>, { value: unknown }>['value']>;

function filtersIn(json: string | null | undefined): Filters {
  if (!json) return {};
  let filters: unknown;
  try {
    filters = JSON.parse(json);
  } catch {
    refuse(
      400,
      'Invalid filters',
      'filters must be a valid JSON object',
      'Example: filters={"projects":["proj1"],"is_active":true}',
    );
  }
  const read = FILTERS.read(filters, []);
  // The platform checks the values too late for a 422.
  if ('faults' in read) throw new Refusal(SERVER_ERROR);
  return read.value;
}

function checkRoleFilter(account: Account, projects: readonly string[]): void {
  if (administersAny(account) || projects.some((project) => account.projects.includes(project))) return;
  refuse(403, 'Access denied: only admins can filter by admin role');
}

async function visibleProjects(
  ids: readonly string[],
  account: Account,
  store: ManagedStore,
): Promise<ReadonlyMap<string, readonly MembershipOfUser[]>> {
  const sees = ({ type, createdBy, project }: MembershipOfUser): boolean => {
    if (type === null) return false;
    if (administersAny(account)) return true;
    return type === 'personal' ? createdBy === account.id : account.projects.includes(project);
  };
  const visible = (await store.membershipsOf(ids)).filter(sees);
  visible.sort((a, b) => (a.project < b.project ? -1 : 1));
  return new Map(ids.map((id) => [id, visible.filter(({ userId }) => userId === id)]));
}
