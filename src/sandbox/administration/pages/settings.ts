import { html } from '../html.ts';
import { tabsFor } from '../tabs.ts';
import type { Page } from '../visit.ts';

export const SETTINGS: Page = {
  path: '/settings',
  show: async ({ person, features }) => {
    const projects = person.projects.map(
      ({ name, is_project_admin }) => html`<li>${name}${is_project_admin && ' (project admin)'}</li>`,
    );
    return {
      title: 'Settings',
      body: html`${
        tabsFor({ person, features }).length > 0 &&
        html`<p><a href="/settings/administration">Administration</a></p>`
      }
<h2>Profile</h2>
<dl><dt>Name</dt><dd>${person.name}</dd><dt>Email</dt><dd>${person.email}</dd><dt>Role</dt><dd>${person.role}</dd></dl>
<h2>Your projects</h2>
${projects.length === 0 ? html`<p>You have no project.</p>` : html`<ul>${projects}</ul>`}`,
    };
  },
};
