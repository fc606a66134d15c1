import { selectField, textField } from '../fields.ts';
import { type Html, html } from '../html.ts';
import { type PagedBody, pageLinks, sizeField, table, windowIn, windowQuery } from '../lists.ts';
import { seesUsers, USERS_PATH } from '../tabs.ts';
import type { Page, ProjectRole, Visit } from '../visit.ts';

/** A user as `GET /v1/admin/users` lists them. */
export interface ListedUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly name: string | null;
  readonly user_type: string;
  readonly is_active: boolean;
  readonly is_admin: boolean;
  readonly is_maintainer: boolean;
  readonly projects: readonly ProjectRole[];
}

const ROLE_FILTERS = [
  ['', 'Any'],
  ['user', 'User'],
  ['platform_admin', 'Project Admin'],
  ['admin', 'Super Admin'],
] as const;

/** So many projects of a user have their name in the list. */
const SHOWN_PROJECTS = 3;

export const USERS_PAGE: Page = {
  path: USERS_PATH,
  isFor: seesUsers,
  show: async ({ url, platform, features }) => {
    const shown = windowIn(url);
    const [search, project, role] = ['search', 'project', 'role'].map(
      (name) => url.searchParams.get(name) ?? '',
    );
    const filters = {
      ...(project ? { projects: [project] } : {}),
      ...(role ? { platform_role: role } : {}),
    };
    const { data, pagination } = await platform.get<PagedBody<ListedUser>>('/v1/admin/users', {
      ...windowQuery(shown),
      ...(search ? { search } : {}),
      ...(Object.keys(filters).length > 0 ? { filters: JSON.stringify(filters) } : {}),
    });
    const columns = [
      'Name',
      'Email',
      'User Type',
      'Project Admin',
      'Super Admin',
      'Projects',
      ...(features.budgetManagement ? ['Budgets'] : []),
    ];
    const rows = data.map((user) => userRow(user, features));
    return {
      title: 'Users management',
      body: html`<form class="row" role="search" aria-label="Filter the users">
${textField({ label: 'Search', name: 'search', value: search ?? '' })}
${textField({ label: 'Project', name: 'project', value: project ?? '' })}
${selectField({ label: 'Role', name: 'role', options: ROLE_FILTERS, chosen: role })}${sizeField(shown.size)}<button>Apply</button></form>
${table({ caption: `Users (${pagination.total})`, columns, rows, empty: 'No user matches.' })}
${pageLinks(url, pagination.total)}`,
    };
  },
};

function userRow(user: ListedUser, { budgetManagement }: Visit['features']): Html {
  const { projects } = user;
  const more = projects.length - SHOWN_PROJECTS;
  const badges = projects
    .slice(0, SHOWN_PROJECTS)
    .map(({ name }) => html`<span class="badge">${name}</span> `);
  return html`<tr><th scope="row"><a href="${USERS_PATH}/${encodeURIComponent(user.id)}">${user.name || user.username}</a>${!user.is_active && ' (deactivated)'}</th>
<td>${user.email}</td><td>${user.user_type}</td>
<td>${projects.some(({ is_project_admin }) => is_project_admin) ? 'Yes' : 'No'}</td>
<td>${user.is_maintainer ? 'Yes, maintainer' : user.is_admin ? 'Yes' : 'No'}</td>
<td>${badges}${more > 0 && html`<span class="badge">+${more}</span>`}${projects.length === 0 && 'None'}</td>
${budgetManagement && html`<td>No budget</td>`}</tr>`;
}
