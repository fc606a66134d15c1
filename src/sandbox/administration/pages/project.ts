import { checkBox, REQUIRED, ROLES, selectField, textField } from '../fields.ts';
import { type Html, html } from '../html.ts';
import { day, type PagedBody, pageLinks, table, windowIn, windowQuery } from '../lists.ts';
import { removeForm, roleForm } from '../membership-forms.ts';
import { type Platform, Problem } from '../platform.ts';
import { PROJECTS_PATH, seesProjects, seesUsers, USERS_PATH } from '../tabs.ts';
import { changeForm, type Page, type Visit } from '../visit.ts';
import type { ListedProject } from './projects.ts';
import type { ListedUser } from './users.ts';

const nameIn = ({ parameters }: Visit): string => parameters['project'] ?? '';
const pathOf = (visit: Visit): string => `/v1/projects/${encodeURIComponent(nameIn(visit))}`;
const memberPath = (visit: Visit, form: URLSearchParams): string =>
  `${pathOf(visit)}/assignment/${encodeURIComponent(form.get('user') ?? '')}`;

export const PROJECT_PAGE: Page = {
  path: `${PROJECTS_PATH}/{project}`,
  isFor: (viewer) => viewer.features.userManagement && seesProjects(viewer),
  show: async (visit) => {
    const { platform, url, features, person } = visit;
    const project = await platform.get<ListedProject>(pathOf(visit));
    // The project's own list of members has only their IDs.
    const { data, pagination } = await platform.get<PagedBody<ListedUser>>('/v1/admin/users', {
      ...windowQuery(windowIn(url)),
      filters: JSON.stringify({ projects: [project.name] }),
    });
    const { name } = project;
    const isPersonal = project.project_type === 'personal';
    const columns = [
      'User',
      'Email',
      'Role',
      ...(features.budgetManagement ? ['Budget allocations'] : []),
      'Actions',
    ];
    return {
      title: project.display_name || name,
      body: html`<dl><dt>Name</dt><dd>${name}</dd><dt>Description</dt><dd>${project.description ?? 'None'}</dd>
<dt>Type</dt><dd>${project.project_type}</dd><dt>Created</dt><dd>${day(project.created_at)}</dd></dl>
<h2>Members (${pagination.total})</h2>
${table({
  caption: 'Members',
  columns,
  rows: data.map((user) => memberRow(visit, user, { name, isPersonal })),
  empty: 'No members.',
  isCaptionHidden: true,
})}
${pageLinks(url, pagination.total)}
${isPersonal ? html`<p>Nobody can change the members of a personal project.</p>` : addForm(visit)}
${features.budgetManagement && person.isMaintainer && budgetSection()}
${!isPersonal && deleteForm(visit)}
<p><a href="${PROJECTS_PATH}">Back to the projects</a></p>`,
    };
  },
  actions: {
    add: async (visit, form) => {
      const email = form.get('email') ?? '';
      const user = await userByEmail(email, visit.platform);
      const is_project_admin = form.get('role') === 'admin';
      await visit.platform.send('POST', `${pathOf(visit)}/assignment`, {
        user_id: user.id,
        is_project_admin,
      });
      return { to: visit.url.pathname, notice: `${user.name || user.username} is now a member.` };
    },
    'change-role': async (visit, form) => {
      await visit.platform.send('PUT', memberPath(visit, form), {
        is_project_admin: form.get('role') === 'admin',
      });
      return { to: visit.url.pathname, notice: 'The role was changed.' };
    },
    remove: async (visit, form) => {
      await visit.platform.send('DELETE', memberPath(visit, form));
      return { to: visit.url.pathname, notice: 'The user is no longer a member.' };
    },
    delete: async (visit, form) => {
      if (!form.has('sure')) throw new Problem(400, 'Tick "Yes, delete this project" first.');
      await visit.platform.send('DELETE', pathOf(visit));
      return { to: PROJECTS_PATH, notice: `The project ${nameIn(visit)} was deleted.` };
    },
  },
};

/** @throws Problem when no user has this email. */
async function userByEmail(email: string, platform: Platform): Promise<ListedUser> {
  const { data } = await platform.get<PagedBody<ListedUser>>('/v1/admin/users', {
    search: email,
    per_page: '100',
  });
  const user = data.find((one) => one.email.toLowerCase() === email.trim().toLowerCase());
  if (user === undefined) throw new Problem(404, `No user has the email "${email}".`);
  return user;
}

function memberRow(
  visit: Visit,
  user: ListedUser,
  { name, isPersonal }: { readonly name: string; readonly isPersonal: boolean },
): Html {
  const who = user.name || user.username;
  const isAdmin = user.projects.some((one) => one.name === name && one.is_project_admin);
  const field = html`<input type="hidden" name="user" value="${user.id}">`;
  const link = seesUsers(visit)
    ? html`<a href="${USERS_PATH}/${encodeURIComponent(user.id)}">${who}</a>`
    : who;
  const role = isPersonal
    ? 'Owner'
    : roleForm(visit, { whose: `of ${who}`, id: `role-${user.id}`, isAdmin }, field);
  const remove = !isPersonal && removeForm(visit, who, 'remove', field);
  return html`<tr><th scope="row">${link}</th><td>${user.email}</td><td>${role}</td>${
    visit.features.budgetManagement && html`<td>No budget</td>`
  }<td>${remove}</td></tr>`;
}

function addForm(visit: Visit): Html {
  return html`<h3>Add a member</h3>${changeForm(
    visit,
    { button: 'Add', action: 'add' },
    textField({
      label: 'Email',
      name: 'email',
      type: 'email',
      value: visit.refused?.get('email') ?? '',
      more: REQUIRED,
    }),
    selectField({ label: 'Role', name: 'role', options: ROLES, chosen: 'user' }),
  )}`;
}

const BUDGETS = ['Platform', 'CLI', 'Premium models'];

/** The categories of the platform. The sandbox has no budgets, so no project has one. */
function budgetSection(): Html {
  const rows = BUDGETS.map((name) => html`<tr><th scope="row">${name}</th><td>No budget</td></tr>`);
  return html`<h2>Budgets</h2>${table({
    caption: 'Budgets of the project',
    columns: ['Category', 'Budget'],
    rows,
    empty: '',
    isCaptionHidden: true,
  })}`;
}

function deleteForm(visit: Visit): Html {
  return html`<h2>Delete the project</h2>${changeForm(
    visit,
    { button: 'Delete', action: 'delete' },
    checkBox('Yes, delete this project', 'sure', REQUIRED),
  )}`;
}
