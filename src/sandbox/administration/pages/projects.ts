import { textField } from '../fields.ts';
import { type Html, html } from '../html.ts';
import { day, type PagedBody, pageLinks, sizeField, table, windowIn, windowQuery } from '../lists.ts';
import { PROJECTS_PATH, seesProjects } from '../tabs.ts';
import { changeForm, type Page, type View, type Visit } from '../visit.ts';

/** A project as `GET /v1/projects` lists it. */
export interface ListedProject {
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string | null;
  readonly project_type: string;
  readonly user_count: number;
  readonly admin_count: number;
  readonly created_at: string | null;
}

export const PROJECTS_PAGE: Page = {
  path: PROJECTS_PATH,
  isFor: seesProjects,
  show: async (visit) => (visit.features.userManagement ? fullList(visit) : listOfNames(visit)),
  actions: {
    create: async ({ platform }, form) => {
      const name = form.get('name') ?? '';
      const displayName = form.get('display_name') ?? '';
      await platform.send('POST', '/v1/projects', {
        name,
        description: form.get('description') ?? '',
        ...(displayName === '' ? {} : { display_name: displayName }),
      });
      return {
        to: `${PROJECTS_PATH}/${encodeURIComponent(name)}`,
        notice: `The project ${name} was created.`,
      };
    },
  },
};

async function fullList(visit: Visit): Promise<View> {
  const { url, platform, features, refused } = visit;
  const shown = windowIn(url);
  const search = url.searchParams.get('search') ?? '';
  const { data, pagination } = await platform.get<PagedBody<ListedProject>>('/v1/projects', {
    ...windowQuery(shown),
    ...(search ? { search } : {}),
  });
  const budgets = features.budgetManagement;
  const columns = ['Name', 'Type', ...(budgets ? ['Budgets'] : []), 'Created', 'Users', 'Project Admins'];
  const kept = (name: string): string => refused?.get(name) ?? '';
  return {
    title: 'Projects management',
    body: html`<form class="row" role="search" aria-label="Filter the projects">
${textField({ label: 'Search', name: 'search', value: search })}${sizeField(shown.size)}<button>Apply</button></form>
${table({
  caption: `Projects (${pagination.total})`,
  columns,
  rows: data.map((project) => projectRow(project, budgets)),
  empty: 'No project matches.',
})}
${pageLinks(url, pagination.total)}
<h2>Create a project</h2>
${changeForm(
  visit,
  { button: 'Create', action: 'create' },
  html`${textField({ label: 'Name', name: 'name', value: kept('name'), more: html`required aria-describedby="name-rule"` })}
<p id="name-rule">3 to 100 lower-case letters, digits, hyphens and underscores.</p>
${textField({ label: 'Display name (optional)', name: 'display_name', value: kept('display_name') })}
<div><label for="description">Description</label><textarea id="description" name="description" required rows="3">${kept('description')}</textarea></div>`,
)}`,
  };
}

function projectRow(project: ListedProject, budgets: boolean): Html {
  const { name, display_name: displayName } = project;
  return html`<tr><th scope="row"><a href="${PROJECTS_PATH}/${encodeURIComponent(name)}">${displayName || name}</a>${
    displayName ? html`<br>${name}` : undefined
  }</th><td>${project.project_type}</td>${budgets && html`<td>No budget</td>`}<td>${day(project.created_at)}</td>
<td>${project.user_count}</td><td>${project.admin_count}</td></tr>`;
}

/** What the platform's page shows when it does not know of user management. */
async function listOfNames({ platform }: Visit): Promise<View> {
  const { applications } = await platform.get<{ applications: readonly { name: string }[] }>(
    '/v1/admin/applications',
  );
  return {
    title: 'Projects management',
    body: html`<p>This page has user management switched off, so it shows the names of the projects only.</p>
<ul>${applications.map(({ name }) => html`<li>${name}</li>`)}</ul>`,
  };
}
