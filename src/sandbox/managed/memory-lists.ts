import type { Rows } from './rows.ts';
import type {
  CountedProject,
  EventQuery,
  Listed,
  ListedEvent,
  ManagedProject,
  ManagedUser,
  Membership,
  ProjectQuery,
  UserQuery,
} from './store.ts';

export function usersIn(rows: Rows, query: UserQuery): Listed<ManagedUser> {
  const { search, userType, isActive, projects } = query;
  // Each user's memberships are looked up, not searched: thousands of users have tens of thousands of them.
  const within = new Map<string, Membership[]>();
  for (const membership of rows.memberships) {
    if (projects !== undefined && !projects.includes(membership.project)) continue;
    const own = within.get(membership.userId);
    if (own === undefined) within.set(membership.userId, [membership]);
    else own.push(membership);
  }
  const found = rows.users
    .filter(({ deletedAt }) => deletedAt === null)
    .filter((user) => holds(search, user.email, user.username, user.name))
    .filter((user) => userType === undefined || user.userType === userType)
    .filter((user) => isActive === undefined || user.isActive === isActive)
    .filter((user) => hasRole(user, within.get(user.id) ?? [], query))
    .sort((a, b) => order(b.date, a.date) || order(a.id, b.id));
  return windowOf(found, query);
}

/** @param within the user's memberships in the projects of the query. */
function hasRole(
  { isAdmin }: ManagedUser,
  within: readonly Membership[],
  { role, projects }: UserQuery,
): boolean {
  const isMember = projects === undefined || within.length > 0;
  const administers = within.some(({ isProjectAdmin }) => isProjectAdmin);
  switch (role) {
    case 'admin':
      return isAdmin && isMember;
    case 'platform_admin':
      return administers && (projects !== undefined || !isAdmin);
    case 'user':
      if (projects !== undefined) return within.some(({ isProjectAdmin }) => !isProjectAdmin);
      return !isAdmin && !administers;
    default:
      return isMember;
  }
}

export function projectsIn(rows: Rows, query: ProjectQuery): Listed<CountedProject> {
  const { visibleTo, search, sortBy, descending } = query;
  const sign = descending === true ? -1 : 1;
  const found = rows.projects
    .filter(({ deletedAt }) => deletedAt === null)
    .filter((project) => visibleTo === undefined || isVisible(rows, project, visibleTo))
    .filter(({ name, displayName, description }) => holds(search, displayName, name, description))
    .sort((a, b) => {
      if (sortBy === 'name') return sign * order(a.name, b.name);
      if (sortBy === 'created_at') return sign * order(a.date, b.date) || order(a.name, b.name);
      return exactFirst(a, b, search) || order(b.date, a.date) || order(a.name, b.name);
    });
  const { rows: shown, total } = windowOf(found, query);
  return { rows: shown.map((project) => counted(rows, project)), total };
}

function isVisible({ memberships }: Rows, project: ManagedProject, userId: string): boolean {
  if (project.type === 'personal') return project.createdBy === userId;
  return memberships.some((one) => one.userId === userId && one.project === project.name);
}

function counted({ memberships }: Rows, project: ManagedProject): CountedProject {
  const members = memberships.filter((membership) => membership.project === project.name);
  const admins = members.filter(({ isProjectAdmin }) => isProjectAdmin).length;
  return { ...project, users: members.length, admins };
}

export function projectsNamed(
  projects: readonly ManagedProject[],
  search: string | undefined,
): readonly ManagedProject[] {
  return projects
    .filter(({ name, displayName }) => holds(search, displayName, name))
    .sort((a, b) => exactFirst(a, b, search));
}

function exactFirst(a: ManagedProject, b: ManagedProject, search: string | undefined): number {
  const rank = ({ name, displayName }: ManagedProject): number =>
    search !== undefined && (name === search || displayName === search) ? 1 : 2;
  return rank(a) - rank(b);
}

export function eventsIn({ events, users }: Rows, query: EventQuery): Listed<ListedEvent> {
  const { actorId, entityId, from, to } = query;
  const any = (wanted: readonly string[] | undefined, value: string): boolean =>
    wanted === undefined || wanted.length === 0 || wanted.includes(value);
  const found = events
    .filter((event) => actorId === undefined || event.actorId === actorId)
    .filter((event) => entityId === undefined || event.entityId === entityId)
    .filter((event) => any(query.domains, event.domain))
    .filter((event) => any(query.eventTypes, event.eventType))
    .filter((event) => any(query.entityTypes, event.entityType))
    .filter(({ createdAt }) => from === undefined || Date.parse(createdAt) >= Date.parse(from))
    .filter(({ createdAt }) => to === undefined || Date.parse(createdAt) <= Date.parse(to));
  // The log is in the order of time.
  const { rows, total } = windowOf(query.ascending === true ? found : found.reverse(), query);
  const listed = rows.map((event) => {
    const actor = users.find(({ id }) => id === event.actorId);
    return { ...event, actorEmail: actor?.email ?? null, actorName: actor?.name ?? null };
  });
  return { rows: listed, total };
}

function windowOf<T>(all: readonly T[], { offset, limit }: { offset: number; limit: number }): Listed<T> {
  return { rows: all.slice(offset, offset + limit), total: all.length };
}

function holds(search: string | undefined, ...texts: readonly (string | null)[]): boolean {
  if (search === undefined || search === '') return true;
  return texts.some((text) => text?.toLowerCase().includes(search.toLowerCase()) === true);
}

/** Compares texts; null comes after all of them, as in PostgreSQL. */
function order(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}
