import { checkBox, REQUIRED, ROLES, selectField, textField } from '../fields.ts';
import { type Html, html } from '../html.ts';
import { day, table } from '../lists.ts';
import { removeForm, roleForm } from '../membership-forms.ts';
import { PROJECTS_PATH, seesUsers, USERS_PATH } from '../tabs.ts';
import { changeForm, type Page, type ProjectRole, type Visit } from '../visit.ts';
import type { ListedUser } from './users.ts';

/** A user as `GET /v1/admin/users/{id}` shows them. */
interface UserDetail extends ListedUser {
  readonly auth_source: string;
  readonly last_login_at: string | null;
  readonly project_limit: number | null;
  readonly date: string | null;
}

const TYPES = [
  ['regular', 'Regular'],
  ['external', 'External'],
] as const;

const pathOf = ({ parameters }: Visit): string =>
  `/v1/admin/users/${encodeURIComponent(parameters['id'] ?? '')}`;
const projectPath = (visit: Visit, form: URLSearchParams): string =>
  `${pathOf(visit)}/projects/${encodeURIComponent(form.get('project') ?? '')}`;

export const USER_PAGE: Page = {
  path: `${USERS_PATH}/{id}`,
  isFor: seesUsers,
  show: async (visit) => {
    const user = await visit.platform.get<UserDetail>(pathOf(visit));
    return {
      title: user.name || user.username,
      body: html`${facts(user)}
<h2>Type and limit</h2>
${changeForm(
  visit,
  { button: 'Save', action: 'save' },
  selectField({ label: 'User Type', name: 'user_type', options: TYPES, chosen: user.user_type }),
  user.project_limit !== null &&
    textField({ label: 'Project limit', name: 'project_limit', value: user.project_limit }),
)}
<h2>Roles on the platform</h2>
${roles(visit, user)}
<h2>Projects</h2>
${table({
  caption: 'Projects',
  columns: ['Project', 'Role', 'Actions'],
  rows: user.projects.map((project, at) => projectRow(visit, user, project, at)),
  empty: 'No project.',
  isCaptionHidden: true,
})}
<h3>Add a project</h3>
${changeForm(
  visit,
  { button: 'Add', action: 'add-project' },
  textField({
    label: 'Project',
    name: 'project',
    value: visit.refused?.get('project') ?? '',
    more: REQUIRED,
  }),
  selectField({ label: 'Role', name: 'role', options: ROLES, chosen: 'user' }),
)}
<p><a href="${USERS_PATH}">Back to the users</a></p>`,
    };
  },
  actions: {
    save: async (visit, form) => {
      const limit = form.get('project_limit');
      await visit.platform.send('PUT', pathOf(visit), {
        user_type: form.get('user_type'),
        ...(limit === null ? {} : { project_limit: limit }),
      });
      return { to: visit.url.pathname, notice: 'The user was saved.' };
    },
    'save-roles': async (visit, form) => {
      await visit.platform.send('PUT', pathOf(visit), {
        is_admin: form.has('is_admin') || form.has('is_maintainer'),
        is_maintainer: form.has('is_maintainer'),
      });
      return { to: visit.url.pathname, notice: 'The roles were saved.' };
    },
    'add-project': async (visit, form) => {
      const project = form.get('project') ?? '';
      const is_project_admin = form.get('role') === 'admin';
      await visit.platform.send('POST', `${pathOf(visit)}/projects`, {
        project_name: project,
        is_project_admin,
      });
      return { to: visit.url.pathname, notice: `The user is now in ${project}.` };
    },
    'change-role': async (visit, form) => {
      await visit.platform.send('PUT', projectPath(visit, form), {
        is_project_admin: form.get('role') === 'admin',
      });
      return { to: visit.url.pathname, notice: `The role in ${form.get('project')} was changed.` };
    },
    'remove-project': async (visit, form) => {
      await visit.platform.send('DELETE', projectPath(visit, form));
      return { to: visit.url.pathname, notice: `The user is no longer in ${form.get('project')}.` };
    },
  },
};

const CHECKED = html`checked`;

function facts(user: UserDetail): Html {
  return html`<dl><dt>Email</dt><dd>${user.email}</dd><dt>Username</dt><dd>${user.username}</dd><dt>ID</dt><dd>${user.id}</dd>
<dt>Status</dt><dd>${user.is_active ? 'Active' : 'Deactivated'}</dd><dt>Source</dt><dd>${user.auth_source}</dd>
<dt>Project limit</dt><dd>${user.project_limit ?? 'None'}</dd><dt>Created</dt><dd>${day(user.date)}</dd></dl>`;
}

function roles(visit: Visit, user: UserDetail): Html {
  const { is_admin, is_maintainer } = user;
  if (!visit.person.isMaintainer) {
    return html`<dl><dt>Super Admin</dt><dd>${is_admin ? 'Yes' : 'No'}</dd><dt>Maintainer</dt><dd>${is_maintainer ? 'Yes' : 'No'}</dd></dl>
<p>Only a maintainer can change these roles.</p>`;
  }
  return changeForm(
    visit,
    { button: 'Save roles', action: 'save-roles' },
    html`<fieldset><legend>Roles</legend>${checkBox('Super Admin', 'is_admin', is_admin && CHECKED)}${checkBox('Maintainer (is a Super Admin too)', 'is_maintainer', is_maintainer && CHECKED)}</fieldset>`,
  );
}

function projectRow(
  visit: Visit,
  user: UserDetail,
  { name, is_project_admin }: ProjectRole,
  at: number,
): Html {
  const role = is_project_admin ? 'Project Admin' : 'User';
  const link = html`<th scope="row"><a href="${PROJECTS_PATH}/${encodeURIComponent(name)}">${name}</a></th>`;
  // A personal project has the name of its owner's email, and nobody changes its members.
  if (name === user.email) return html`<tr>${link}<td>${role}</td><td>Personal project</td></tr>`;
  const field = html`<input type="hidden" name="project" value="${name}">`;
  const whose = { whose: `in ${name}`, id: `role-${at}`, isAdmin: is_project_admin };
  return html`<tr>${link}<td>${roleForm(visit, whose, field)}</td><td>${removeForm(visit, name, 'remove-project', field)}</td></tr>`;
}
